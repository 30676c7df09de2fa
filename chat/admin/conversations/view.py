"""The page of the conversation that a request is part of."""

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest
from django.http.response import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from chat.admin.conversations.page import page
from chat.models import RequestLog

may_see = permission_required("chat.view_requestlog", raise_exception=True)
LONGEST_START = 6


@may_see
def conversation(request: HttpRequest, identity: str) -> HttpResponse:
    row = RequestLog.objects.filter(pk=identity.replace("\0", "")).first()
    if row is None:
        said = "There is no such request; perhaps it was deleted."
        messages.warning(request, said)
        return redirect("admin:index")
    start = request.GET.get("start", "")
    begins = int(start) if start.isdecimal() and len(start) < LONGEST_START else 0
    sees_text = request.user.has_perm("chat.view_requesttext")
    sees_clients = request.user.has_perm("chat.view_client")
    context = {
        **admin.site.each_context(request),
        "title": "Conversation",
        **page(row, begins, sees_text, sees_clients),
    }
    return TemplateResponse(request, "admin/chat/conversation.html", context)
