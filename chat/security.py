"""What keeps the admin safe: what its pages may load, and a limit to failed logins."""

from typing import Any

from axes.backends import AxesStandaloneBackend
from axes.middleware import AxesMiddleware
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from chat.address import UNKNOWN, group_of
from chat.middleware import Inline, is_api

# Nothing from elsewhere, nothing inline; images may be embedded, as conversations do.
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)

# What is written on the page to chat on came from a model: no script but ours runs, and
# markup reaches the page only through DOMPurify, which makes its policy of that name.
# (highlight.js's `highlightElement` writes markup by itself, which is refused; what its
# `highlight` returns can go through DOMPurify.)
PAGE_HEADERS = {
    "Content-Security-Policy": "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data: blob:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types dompurify",
        ]
    ),
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",  # it differs by who looks
}


class ContentSecurityPolicyMiddleware(Inline):
    """Puts the policy on every page of the admin."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        # Django's own pages for developers bring their style along.
        is_traceback = settings.DEBUG and response.status_code in (404, 500)
        if _is_of_the_admin(request) and not is_traceback:
            response.headers.setdefault(
                "Content-Security-Policy", CONTENT_SECURITY_POLICY
            )
        return response


def _is_of_the_admin(request: HttpRequest) -> bool:
    return not is_api(request) and request.path.startswith(reverse("admin:index"))


class LoginLimitMiddleware(AxesMiddleware):
    """Tells who is locked out. Steps aside on API paths, where nobody logs in."""

    def __call__(self, request: HttpRequest) -> Any:
        if is_api(request):
            return self.get_response(request)
        return super().__call__(request)


class LoginLimitBackend(AxesStandaloneBackend):
    """Refuses an address, or an account, after AXES_FAILURE_LIMIT wrong passwords."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **more: Any,
    ) -> None:
        """Without a request, as in a shell, there is no address to limit."""
        if request is not None:
            super().authenticate(request, username, password, **more)


def caller_network(request: HttpRequest) -> str | None:
    """Whom the limit counts: an IPv4 address, the beginning of a /64 of IPv6, or None
    for whoever has no address that can be read."""
    group = group_of(request.META.get("REMOTE_ADDR")).partition("/")[0]
    return None if group == UNKNOWN else group
