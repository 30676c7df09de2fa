"""Which web pages may call from a browser; those that may not are named in the log."""

import logging
from typing import Any
from urllib.parse import urlsplit

from corsheaders import middleware
from django.core.signals import setting_changed
from django.http import HttpRequest
from django.http.request import HttpHeaders
from django.http.response import HttpResponseBase

from chat import lines
from chat.web.middleware import is_api
from chat.web.seldom import OTHERS, Seldom

logger = logging.getLogger("chat.cors")

# A browser says so of what is not for CORS; through a rewrite too.
FROM_ITS_OWN_PAGE = ("same-origin", "none")
OWN_HOSTS = ("host", "x-forwarded-host")
LONGEST_ORIGIN = 200

_seldom = Seldom()


# Origins that are answered alike, and a header that asks for more.
MOST_KEPT = 64
# As `META` has them. Django makes `request.headers` of all headers, and nobody else
# needs it.
ORIGIN = "HTTP_ORIGIN"
PRIVATE_NETWORK = HttpHeaders.to_wsgi_name(
    middleware.ACCESS_CONTROL_REQUEST_PRIVATE_NETWORK
)


class CorsMiddleware(middleware.CorsMiddleware):
    """That of django-cors-headers, on the paths of the API.

    What it answers an origin is kept, for it works that out for each request anew.
    """

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        self._kept: dict[str, list[tuple[str, str]]] = {}
        setting_changed.connect(self._forget)

    def _forget(self, **_changed: Any) -> None:
        """Work out anew what origins are answered: settings change in tests."""
        self._kept = {}

    def is_enabled(self, request: HttpRequest) -> bool:
        return is_api(request)

    def add_response_headers(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        response = self._label(request, response)
        if (origin := request.META.get(ORIGIN)) and _is_refused(request, response):
            _warn(origin)
        return response

    def _label(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        asked = request.META
        is_special = request.method == "OPTIONS" or PRIVATE_NETWORK in asked
        if is_special or "Vary" in response.headers or not self.is_enabled(request):
            return super().add_response_headers(request, response)
        origin = asked.get(ORIGIN, "")
        if (kept := self._kept.get(origin)) is None:
            blank = super().add_response_headers(request, HttpResponseBase())
            kept = [(k, v) for k, v in blank.items() if k != "Content-Type"]
            if len(self._kept) < MOST_KEPT and len(origin) <= LONGEST_ORIGIN:
                self._kept[origin] = kept
        for name, value in kept:
            response[name] = value
        return response


def _is_refused(request: HttpRequest, response: HttpResponseBase) -> bool:
    allowed = middleware.ACCESS_CONTROL_ALLOW_ORIGIN in response.headers
    return not allowed and is_api(request) and _is_of_another_page(request)


def _is_of_another_page(request: HttpRequest) -> bool:
    """Whether the browser will keep the answer from the page, as far as can be told."""
    headers = request.headers
    if request.method == "OPTIONS":
        return "access-control-request-method" in headers
    if site := headers.get("sec-fetch-site"):
        return site not in FROM_ITS_OWN_PAGE
    try:
        host = urlsplit(headers["origin"]).netloc
    except ValueError:
        return True
    return host not in {headers.get(name) for name in OWN_HOSTS}


def _warn(origin: str) -> None:
    origin = lines.shorten(origin, LONGEST_ORIGIN)
    told = _seldom.tell(origin)
    if told is None:
        return
    logger.warning(
        "%s may not call from a browser: add %s to CORS_ALLOWED_ORIGINS if it is yours",
        "Pages of many other origins" if told == OTHERS else f"A page of {told}",
        "them" if told == OTHERS else "that",
    )
