"""The admin's own log: what staff did to requests and clients.

It keeps no words of a conversation, and no id or address of a person: one who is to be
forgotten would stay known here.
"""

from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest

from chat.admin.visible import visible
from chat.models import Client, RequestLog

ALL = "Requests"
# Filters whose values may be told.
TOLD = {"period", "ending", "answer", "whose", "status", "model", "slow", "costly"}
TOLD |= {"error_code"}
LONGEST = 100


def note(
    request: HttpRequest, said: str, identity: str | None = None, flag: int = CHANGE
) -> LogEntry:
    """Write `said` of one request, or of none in particular."""
    assert request.user.pk  # or they would have no permission
    return LogEntry.objects.create(
        user_id=request.user.pk,
        content_type=ContentType.objects.get_for_model(RequestLog),
        object_id=identity,
        object_repr=identity or ALL,
        action_flag=flag,
        change_message=said,
    )


def note_of_client(request: HttpRequest, said: str, client: Client) -> LogEntry:
    """Write what was done to a client."""
    assert request.user.pk
    return LogEntry.objects.create(
        user_id=request.user.pk,
        content_type=ContentType.objects.get_for_model(Client),
        object_id=str(client.pk),
        object_repr=str(client),
        action_flag=CHANGE,
        change_message=said,
    )


def describe_filters(request: HttpRequest) -> str:
    """Return the filters of the list that `request` asks for, in words."""
    filters = [
        f"{name[:LONGEST]}={value[:LONGEST] if name in TOLD else '…'}"
        for name, value in request.GET.items()
        if name not in ("text", "before", "after")
    ]
    return ", ".join(filters[:10]) or "no filter"


if not admin.site.is_registered(LogEntry):

    @admin.register(LogEntry)
    class LogEntryAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
        """To read, and not to be changed by anyone."""

        list_display = ["action_time", "user", "action", "what", "said"]
        list_filter = ["action_flag", "user"]
        list_select_related = ["user"]
        list_display_links = None
        list_per_page = 50
        show_full_result_count = False
        show_facets = admin.ShowFacets.NEVER

        @admin.display(description="action")
        def action(self, entry: LogEntry) -> str:
            return entry.get_action_flag_display()

        @admin.display(description="to what")
        def what(self, entry: LogEntry) -> str:
            return visible(entry.object_repr)

        @admin.display(description="what was done")
        def said(self, entry: LogEntry) -> str:
            return visible(entry.get_change_message())

        def has_add_permission(self, request: HttpRequest) -> bool:
            return False

        def has_change_permission(
            self, request: HttpRequest, obj: LogEntry | None = None
        ) -> bool:
            return False

        def has_delete_permission(
            self, request: HttpRequest, obj: LogEntry | None = None
        ) -> bool:
            return False
