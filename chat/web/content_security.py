"""What the pages of the service may load: one row each for the admin, the page to chat
on, and the description of the API. Nothing from elsewhere, nothing inline."""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from chat.web.middleware import Inline, is_api


def _policy(**sources: str) -> str:
    """Return the header for `img_src="'self'"` and the like; nothing else is loaded."""
    named = {name.replace("_", "-"): value for name, value in sources.items()}
    common = {"base-uri": "'none'", "frame-ancestors": "'none'"}
    return "; ".join(f"{name} {value}" for name, value in (named | common).items())


POLICIES = {
    # Images may be embedded, as conversations do.
    "admin": _policy(
        default_src="'self'",
        img_src="'self' data:",
        object_src="'none'",
        form_action="'self'",
    ),
    # What is written on the page came from a model: no script but ours runs, and markup
    # reaches the page only through DOMPurify, which makes its policy of that name.
    # (highlight.js's `highlightElement` writes markup by itself, which is refused; what
    # its `highlight` returns can go through DOMPurify.)
    "page": _policy(
        default_src="'none'",
        script_src="'self'",
        style_src="'self'",
        img_src="'self' data: blob:",
        connect_src="'self'",
        form_action="'none'",
        require_trusted_types_for="'script'",
        trusted_types="dompurify",
    ),
    # The viewer's signs are data: URLs.
    "docs": _policy(
        default_src="'none'",
        script_src="'self'",
        style_src="'self'",
        img_src="'self' data:",
        connect_src="'self'",
        form_action="'none'",
    ),
}

PAGE_HEADERS = {
    "Content-Security-Policy": POLICIES["page"],
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
            response.headers.setdefault("Content-Security-Policy", POLICIES["admin"])
        return response


def _is_of_the_admin(request: HttpRequest) -> bool:
    return not is_api(request) and request.path.startswith(reverse("admin:index"))
