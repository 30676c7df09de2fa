"""Serves the description, made once, to those whom CHAT_DOCS lets in."""

from functools import cache

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from chat import views
from chat.openapi.document import encode_document
from chat.protocols.dialects import NATIVE
from chat.web.api_view import AsyncView as View
from chat.web.api_view import api_view
from chat.web.content_security import POLICIES
from chat.web.insider import is_staff


@csrf_exempt  # nothing here changes anything, and what is not GET is refused
async def description(request: HttpRequest) -> HttpResponseBase:
    """Answer with the API's description, as OpenAPI."""
    view: View = _description if await _may_read(request) else views.not_found
    return await view(request)


@csrf_exempt
async def page(request: HttpRequest) -> HttpResponseBase:
    """Answer with a page to read and try the API; where it is for staff alone, send
    everybody else to the login.
    """
    may_read = await _may_read(request)
    if settings.CHAT_DOCS == "staff" and not may_read:
        return redirect_to_login(request.get_full_path(), reverse("admin:login"))
    view: View = _page if may_read else views.not_found
    return await view(request)


async def _may_read(request: HttpRequest) -> bool:
    if settings.CHAT_DOCS == "staff":
        return await is_staff(request)
    return bool(settings.CHAT_DOCS == "all")


@api_view("GET", NATIVE, is_public=True)
async def _description(request: HttpRequest) -> HttpResponse:
    return HttpResponse(encode_document(), content_type="application/json")


@api_view("GET", NATIVE, is_public=True)
async def _page(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(_render())
    response["Content-Security-Policy"] = POLICIES["docs"]
    return response


@cache
def _render() -> str:
    return render_to_string("chat/openapi.html")
