"""Serves the description, made once."""

from functools import cache

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from chat.api import api_view
from chat.openapi.document import encoded
from chat.protocols.dialects import NATIVE

# Nothing from elsewhere and nothing inline; the viewer's signs are data: URLs.
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)


@api_view("GET", NATIVE)
async def description(request: HttpRequest) -> HttpResponse:
    """The API, as OpenAPI."""
    return HttpResponse(encoded(), content_type="application/json")


@api_view("GET", NATIVE)
async def page(request: HttpRequest) -> HttpResponse:
    """The API, to read and to try."""
    response = HttpResponse(_html())
    response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    return response


@cache
def _html() -> str:
    return render_to_string("chat/openapi.html")
