"""The pages of callers: all of them by what they cost, and one with its days."""

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest
from django.http.response import Http404, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from chat.admin.callers.caller import Caller, NoCaller
from chat.admin.callers.page import page
from chat.admin.callers.who import who
from chat.admin.overview.choosing import chosen
from chat.models import CallerKind

MOST = 50
may_see = permission_required("chat.view_requestlog", raise_exception=True)


@may_see
def callers(request: HttpRequest) -> HttpResponse:
    """The dearest of a period, of each kind."""
    now = timezone.now()
    period, notice, choices = chosen(request.GET, now)
    sees_clients = request.user.has_perm("chat.view_client")
    context = {
        **admin.site.each_context(request),
        "title": "Callers",
        "period": period,
        "notice": notice,
        "choices": choices,
        "who": who(period, now, MOST, sees_clients),
    }
    return TemplateResponse(request, "admin/chat/callers.html", context)


@may_see
def caller(request: HttpRequest, kind: str) -> HttpResponse:
    """One caller: days, models, failures, conversations."""
    sees_clients = request.user.has_perm("chat.view_client")
    try:
        found = Caller.read(kind, request.GET)
    except NoCaller:
        raise Http404 from None
    if found.kind == CallerKind.CLIENT and not sees_clients:
        raise Http404
    context = {
        **admin.site.each_context(request),
        "title": "Caller",
        **page(found, request, timezone.now()),
    }
    return TemplateResponse(request, "admin/chat/caller.html", context)
