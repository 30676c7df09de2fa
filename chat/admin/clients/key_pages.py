"""Making keys and revoking them, each asked about once before it is done."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables

from chat.access import clients
from chat.access.clients import CannotDo
from chat.admin.request.curl import curl
from chat.admin.trail import note_of_client
from chat.admin.visible import visible
from chat.models import Client, ClientKey

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    Admin = ModelAdmin[Client]
else:
    Admin = Any
QUESTION = '{"messages": [{"role": "user", "content": "Hello"}]}'


@sensitive_variables("key")
def shown_once(
    admin: Admin, request: HttpRequest, client: Client, key: str
) -> HttpResponse:
    """The page that shows a key, and that nothing keeps."""
    context = {
        **_context(admin, request, client, "A key of its own"),
        "key": key,
        "curl": curl(
            request.build_absolute_uri(f"{reverse('page')}api/chat"), QUESTION, key
        ),
    }
    page = TemplateResponse(request, "admin/chat/client/key.html", context)
    page.headers["Cache-Control"] = "no-store"
    return page


def further_key(admin: Admin, request: HttpRequest, client: Client) -> HttpResponse:
    """Ask, or make it. Who loads the answer again sends the form again, and gets no
    other key: it names the newest that was there."""
    newest = str(max((key.pk for key in client.keys.all()), default=0))
    if request.method != "POST":
        said = (
            "It gets a second key beside the one it has, so that one can be changed"
            " without a gap. It is shown once."
        )
        return _ask(admin, request, client, "New key", said, newest=newest)
    if request.POST.get("newest") != newest:
        said = "A key was made meanwhile, and is not shown again."
        return _back(admin, request, client, said, messages.WARNING)
    try:
        with transaction.atomic():
            key = clients.make_key(client)
            made = client.keys.latest("pk")
            note_of_client(request, f"Made the key {made}", client)
    except CannotDo as error:
        return _back(admin, request, client, str(error), messages.ERROR)
    return shown_once(admin, request, client, key)


def revocation_of_key(
    admin: Admin, request: HttpRequest, client: Client, key: ClientKey
) -> HttpResponse:
    if request.method != "POST":
        said = (
            f"Whoever asks with the key {key} is turned away within 2 seconds, and what"
            " is open is ended. It cannot be taken back."
        )
        return _ask(admin, request, client, "Revoke this key", said)
    with transaction.atomic():
        if clients.revoke_key(key):
            note_of_client(request, f"Revoked the key {key}", client)
    return _back(admin, request, client, f"The key {key} is revoked.", messages.SUCCESS)


def revocation_of_client(
    admin: Admin, request: HttpRequest, client: Client
) -> HttpResponse:
    if request.method != "POST":
        said = (
            "It is turned away within 2 seconds with all of its keys and its users’"
            " tokens, and what is open is ended. It cannot be taken back; its requests"
            " and figures stay."
        )
        return _ask(admin, request, client, "Revoke this client", said)
    with transaction.atomic():
        if clients.revoke_client(client):
            note_of_client(request, "Revoked, with all of its keys.", client)
    said = "The client is revoked, with all of its keys."
    return _back(admin, request, client, said, messages.SUCCESS)


def _ask(
    admin: Admin,
    request: HttpRequest,
    client: Client,
    title: str,
    said: str,
    newest: str = "",
) -> HttpResponse:
    context = {
        **_context(admin, request, client, title),
        "said": said,
        "newest": newest,
        "is_revocation": not newest,
    }
    return TemplateResponse(request, "admin/chat/client/sure.html", context)


def _context(
    admin: Admin, request: HttpRequest, client: Client, title: str
) -> dict[str, Any]:
    return {
        **admin.admin_site.each_context(request),
        "title": title,
        "opts": admin.opts,
        "media": admin.media,
        "client": client,
        "name": visible(client.name),
        "page": reverse("admin:chat_client_page", args=[client.pk]),
    }


def _back(
    admin: Admin, request: HttpRequest, client: Client, said: str, level: int
) -> HttpResponse:
    admin.message_user(request, said, level)
    return redirect("admin:chat_client_page", client.pk)
