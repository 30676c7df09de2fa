"""A cookie that tells a browser from others where nobody else says who asks."""

import secrets
from typing import Any

from django.core.signing import BadSignature, Signer
from django.http import HttpRequest

COOKIE = "chat_browser"
SECONDS = 7 * 86_400
LONGEST = 200


def read_browser(request: HttpRequest) -> str:
    """Return which browser asks; "" if it has no cookie of ours."""
    found = request.COOKIES.get(COOKIE, "")
    if not found or len(found) > LONGEST:
        return ""
    try:
        return str(_signer().unsign(found))
    except BadSignature:
        return ""


def make_browser() -> str:
    """Return what tells a browser from all others."""
    return secrets.token_urlsafe(18)


def write_cookie(browser: str, request: HttpRequest) -> str:
    """Return the `Set-Cookie` for it: no script reads it, no other site sends it."""
    secure = "; Secure" if request.is_secure() else ""
    signed = _signer().sign(browser)
    return (
        f"{COOKIE}={signed}; Path=/; Max-Age={SECONDS}; HttpOnly; SameSite=Lax{secure}"
    )


def _signer() -> Any:
    return Signer(salt="chat.answers.browser")
