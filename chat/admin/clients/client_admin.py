"""Clients in the admin: to see, to make, to limit, to revoke, and never to delete."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.http.response import HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone

from chat.access.clients import make_key
from chat.access.redis import announce
from chat.admin.clients import columns, key_pages
from chat.admin.clients.changes import changes_in
from chat.admin.clients.filters import StateFilter
from chat.admin.clients.form import FIELDSETS, ClientForm
from chat.admin.clients.page import client_page
from chat.models import Client

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Client]
else:
    ModelAdmin = admin.ModelAdmin


@admin.register(Client)
class ClientAdmin(ModelAdmin):
    form = ClientForm
    fieldsets = FIELDSETS  # type: ignore[assignment]
    list_display = columns.COLUMNS
    list_display_links = None
    list_filter = [StateFilter]
    search_fields = ["name", "notes", "keys__beginning"]
    search_help_text = "Its name, its notes, or the beginning of a key."
    ordering = ["name", "pk"]
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = None

    class Media:
        css = {"all": ["chat/admin/requests.css", "chat/admin/clients.css"]}

    def has_delete_permission(
        self, request: HttpRequest, obj: Client | None = None
    ) -> bool:
        """Requests keep their client: it is revoked instead."""
        return False

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        name = "chat_client_"
        return [
            path("<int:pk>/", guarded(self.page_view), name=f"{name}page"),
            path("<int:pk>/key/", guarded(self.key_view), name=f"{name}key"),
            path("<int:pk>/revoke/", guarded(self.revoke_view), name=f"{name}revoke"),
            path(
                "<int:pk>/key/<int:key>/revoke/",
                guarded(self.revoke_key_view),
                name=f"{name}key_revoke",
            ),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> columns.Clients:
        return columns.annotated(super().get_queryset(request), timezone.now())

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changelist_view(
            request, {"title": "Clients", **(extra_context or {})}
        )

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One way to save: what comes next is the key, or the page of the client."""
        one_button = {
            "show_save_and_continue": False,
            "show_save_and_add_another": False,
        }
        context = {**one_button, **(extra_context or {})}
        show = super().changeform_view
        try:
            return show(request, object_id, form_url, context)
        except IntegrityError:
            # Somebody took the name between the look at it and the storing. Nothing is
            # stored; read anew, the form says so beside the name.
            return show(request, object_id, form_url, context)

    def save_model(
        self, request: HttpRequest, obj: Client, form: Any, change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        transaction.on_commit(announce)

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        return "Made, with a key." if add else changes_in(form)

    def response_add(
        self, request: HttpRequest, obj: Client, post_url_continue: str | None = None
    ) -> HttpResponse:
        """The key, in the answer itself: nowhere is it kept until another is asked for.

        In the transaction in which the client was stored.
        """
        return key_pages.shown_once(self, request, obj, make_key(obj))

    def response_change(self, request: HttpRequest, obj: Client) -> HttpResponse:
        self.message_user(request, "The client was changed.", messages.SUCCESS)
        return redirect("admin:chat_client_page", obj.pk)

    def page_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        client = self._found(request, pk)
        if not self.has_view_permission(request, client):
            raise PermissionDenied
        if client is None:
            return self._missing(request)
        return client_page(self, request, client)

    def key_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        client = self._to_change(request, pk)
        if client is None:
            return self._missing(request)
        return key_pages.further_key(self, request, client)

    def revoke_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        client = self._to_change(request, pk)
        if client is None:
            return self._missing(request)
        return key_pages.revocation_of_client(self, request, client)

    def revoke_key_view(self, request: HttpRequest, pk: int, key: int) -> HttpResponse:
        client = self._to_change(request, pk)
        found = client.keys.filter(pk=key).first() if client else None
        if client is None or found is None:
            return self._missing(request)
        return key_pages.revocation_of_key(self, request, client, found)

    def _found(self, request: HttpRequest, pk: int) -> Client | None:
        return Client.objects.prefetch_related("keys").filter(pk=pk).first()

    def _to_change(self, request: HttpRequest, pk: int) -> Client | None:
        client = self._found(request, pk)
        if not self.has_change_permission(request, client):
            raise PermissionDenied
        return client

    def _missing(self, request: HttpRequest) -> HttpResponse:
        self.message_user(request, "There is no such client.", messages.WARNING)
        return redirect("admin:index")

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponse:
        """Django's own sentence quotes what was asked for."""
        return self._missing(request)
