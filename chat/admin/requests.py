"""The log of requests in the admin: to read, to export, by permission to delete."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.models import DELETION
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from chat.admin.list import columns, filters
from chat.admin.list.export import NAMES, export
from chat.admin.list.fresh import count_since
from chat.admin.list.narrowing import Requests
from chat.admin.list.request_list import RequestList
from chat.admin.permissions import may_read
from chat.admin.request.page import request_page
from chat.admin.request.raw import raw
from chat.admin.trail import note
from chat.admin.visible import visible
from chat.models import Client, RequestLog
from chat.requestlog.forgetting import delete_requests, forget_user

SLICE = 500


if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[RequestLog]
else:
    ModelAdmin = admin.ModelAdmin


@admin.register(RequestLog)
class RequestLogAdmin(ModelAdmin):
    list_display = columns.COLUMNS
    list_display_links = [columns.when, columns.question]
    list_filter = [
        filters.PeriodFilter,
        filters.EndingFilter,
        filters.AnswerFilter,
        filters.WhoseFilter,
        filters.CodeFilter,
        filters.StatusFilter,
        filters.ModelFilter,
        filters.ClientFilter,
        filters.AddressFilter,
        filters.UserFilter,
        filters.SlowFilter,
        filters.CostlyFilter,
    ]
    search_fields = ["question"]
    search_help_text = (
        "A request id or Z.AI’s (its beginning will do), a user_id, an address, an"
        " error code, a client’s name; or words of the question, a phrase in quotes."
    )
    sortable_by = ()
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = ["forget_people"]

    class Media:
        css = {"all": ["chat/admin/requests.css"]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: RequestLog | None = None
    ) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        return [
            path(
                "export/<str:kind>/",
                guarded(self.export_view),
                name="chat_requestlog_export",
            ),
            path("fresh/", guarded(self.fresh_view), name="chat_requestlog_fresh"),
            path(
                "<path:identity>/raw/<str:kind>/",
                guarded(self.raw_view),
                name="chat_requestlog_raw",
            ),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> Requests:
        """Clients by a query of their own: a join could lead it off the index."""
        found = super().get_queryset(request).defer("parameters", "user_agent")
        return found.prefetch_related(Prefetch("client", Client.objects.only("name")))

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """The question's first words are text, and not a figure."""
        reads = may_read(request)
        return [c for c in columns.COLUMNS if reads or c is not columns.question]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[RequestList]:
        return RequestList

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changelist_view(
            request,
            {"title": "Requests", "export_kinds": NAMES, **(extra_context or {})},
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return request_page(self, request, unquote(object_id))

    def export_view(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        """What the list would show, all of it, as a file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            found = self.get_changelist_instance(request)
        except IncorrectLookupParameters:
            return redirect("admin:chat_requestlog_changelist")
        if getattr(found, "unreadable", None):
            # The list says which; a file with more than was meant says nothing.
            where = reverse("admin:chat_requestlog_changelist")
            return redirect(f"{where}?{request.GET.urlencode()}")
        return export(found.queryset, request, kind)

    def fresh_view(self, request: HttpRequest) -> HttpResponse:
        """How many requests the list has more, since a time: for its script."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            requests = self.get_changelist_instance(request).queryset
            return JsonResponse({"new": count_since(requests, request.GET)})
        except (IncorrectLookupParameters, ValueError, OverflowError):
            return JsonResponse({"new": 0})

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponse:
        """Django's own sentence quotes what was asked for."""
        said = "There is no such request; perhaps it was deleted."
        self.message_user(request, said, messages.WARNING)
        return redirect("admin:index")

    def raw_view(
        self, request: HttpRequest, identity: str, kind: str
    ) -> HttpResponseBase:
        """One request with all that was said, or its body alone, as a file."""
        return raw(self, request, unquote(identity), kind)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        """Their texts go with them; there is no need to load those to say so."""
        names = [str(found.pk) for found in objs]
        return names, {"requests with their text": len(names)}, set(), []

    def delete_model(self, request: HttpRequest, obj: RequestLog) -> None:
        delete_requests([obj.pk])

    def delete_queryset(
        self, request: HttpRequest, queryset: QuerySet[RequestLog]
    ) -> None:
        while ids := list(queryset.values_list("pk", flat=True)[:SLICE]):
            delete_requests(ids)

    @admin.action(
        description="Forget the person of the selected requests", permissions=["delete"]
    )
    def forget_people(
        self, request: HttpRequest, queryset: QuerySet[RequestLog]
    ) -> HttpResponse | None:
        """Ask, and then remove everything that carries the same user_id."""
        people = sorted(filter(None, set(queryset.values_list("user_id", flat=True))))
        if not people:
            said = "The selected requests carry no user_id."
            self.message_user(request, said, messages.WARNING)
            return None
        if "sure" not in request.POST:
            shown = [visible(person) for person in people]
            context = {"people": shown, "queryset": queryset, "opts": self.opts}
            return self._ask_to_forget(request, context)
        requests = sum(forget_user(person) for person in people)
        said = f"Forgotten: {len(people)} user_id, {requests} requests with their text."
        note(request, said, flag=DELETION)
        self.message_user(request, said, messages.SUCCESS)
        return None

    def _ask_to_forget(
        self, request: HttpRequest, context: dict[str, Any]
    ) -> HttpResponse:
        title = "Forget a person"
        context |= {**self.admin_site.each_context(request), "title": title}
        page = "admin/chat/requestlog/forget_people.html"
        return TemplateResponse(request, page, context)
