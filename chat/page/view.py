"""The page to chat on, for those whom CHAT_PAGE lets in."""

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    JsonResponse,
)
from django.http.response import HttpResponseRedirect
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from chat.page.data import access_token, data
from chat.page.scenarios import Scenarios, scenarios
from chat.web.content_security import PAGE_HEADERS


@csrf_exempt  # whatever is not GET is refused, and in these words
async def page(request: HttpRequest) -> HttpResponse:
    """The setting closes the page and not the API."""
    if settings.CHAT_PAGE == "off":
        raise Http404("There is no page here.")
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    answer = await sync_to_async(_refusal)(request)
    if answer is None:
        answer = await sync_to_async(_rendered)(request, await scenarios())
    for name, value in PAGE_HEADERS.items():
        answer[name] = value
    return answer


@csrf_exempt
async def token(request: HttpRequest) -> HttpResponse:
    """A new token for a page that is open: to whom the page would be shown."""
    if settings.CHAT_PAGE == "off":
        raise Http404("There is no page here.")
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET"])
    answer = await sync_to_async(_token)(request)
    for name, value in PAGE_HEADERS.items():
        answer[name] = value
    return answer


async def favicon(request: HttpRequest) -> HttpResponse:
    """For browsers that ask before they have read a page."""
    headers = {"Cache-Control": "public, max-age=86400"}
    return HttpResponseRedirect(static("chat/favicon.svg"), headers=headers)


def _refusal(request: HttpRequest) -> HttpResponse | None:
    if settings.CHAT_PAGE == "all":
        return None
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path(), reverse("admin:login"))
    if not request.user.is_staff:
        sentence = "This page is for staff. Ask whoever runs the service for access.\n"
        return HttpResponse(sentence, "text/plain; charset=utf-8", status=403)
    return None


def _token(request: HttpRequest) -> HttpResponse:
    if refusal := _refusal(request):
        status = 403 if refusal.status_code == 403 else 401
        return JsonResponse({"token": None}, status=status)
    return JsonResponse({"token": access_token(request.user)})


def _rendered(request: HttpRequest, found: Scenarios | None) -> HttpResponse:
    context = {"page": data(request.user, found)}
    return render(request, "chat/page.html", context)
