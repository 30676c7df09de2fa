"""What a body has to be called, so that no page of another site can send one."""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

from chat.failures import UnsupportedMediaType

FROM_ITS_OWN_PAGE = ("same-origin", "none")
OWN_HOSTS = ("host", "x-forwarded-host")


def check_content(request: HttpRequest, method: str, as_text: bool) -> None:
    """Raise UnsupportedMediaType; `as_text` lets JSON be called `text/plain`."""
    if method != "POST":
        return
    kinds = ("application/json", "text/plain") if as_text else ("application/json",)
    is_json = request.content_type == kinds[0]
    if not is_json and (request.content_type not in kinds or _is_foreign(request)):
        raise UnsupportedMediaType("Content-Type must be application/json.")
    # Not `request.headers`: Django makes that of all headers, and nobody else needs it.
    if request.META.get("HTTP_CONTENT_ENCODING", "identity") != "identity":
        raise UnsupportedMediaType("Content-Encoding is not supported.")


def _is_foreign(request: HttpRequest) -> bool:
    """Whether a browser says so: it names the page's origin in every POST to another.

    What is no browser names none. A page that CORS lets in is not foreign.
    """
    origin = request.headers.get("origin")
    if origin is None:
        return request.headers.get("sec-fetch-site", "none") not in FROM_ITS_OWN_PAGE
    if _is_let_in(origin):
        return False
    try:
        host = urlsplit(origin).netloc
    except ValueError:
        return True
    return not host or host not in {request.headers.get(name) for name in OWN_HOSTS}


def _is_let_in(origin: str) -> bool:
    if settings.CORS_ALLOW_ALL_ORIGINS or origin in settings.CORS_ALLOWED_ORIGINS:
        return True
    regexes = settings.CORS_ALLOWED_ORIGIN_REGEXES
    return any(re.match(regex, origin) for regex in regexes)
