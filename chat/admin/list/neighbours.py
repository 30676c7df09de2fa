"""The requests beside one in the list that it was opened from."""

from copy import copy
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import quote
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.http import urlencode

from chat.admin.list.narrowing import Requests
from chat.admin.list.paging import NEWEST_FIRST, Key, walk
from chat.admin.list.request_list import OVERDONE, RequestList
from chat.models import RequestLog

FILTERS = "_changelist_filters"  # Django's, in the links of a list


@dataclass(frozen=True)
class Neighbours:
    """Links; None where there is nothing further, or not within sight."""

    newer: str | None
    older: str | None
    back: str


class _Unseen(RequestList):
    """The list, without a page of it."""

    def get_results(self, request: HttpRequest) -> None:
        self.result_list = []


def neighbours(admin: Any, request: HttpRequest, row: RequestLog) -> Neighbours:
    """Three small queries, or those of the list's filters and three."""
    filters = request.GET.get(FILTERS, "")
    back = reverse("admin:chat_requestlog_changelist")
    try:
        requests, led = _listed(admin, request, filters)
        newer, older = (_beside(requests, led, row, forward=f) for f in (True, False))
    except (IncorrectLookupParameters, *OVERDONE):
        newer = older = None
    return Neighbours(
        _link(newer, filters),
        _link(older, filters),
        f"{back}?{filters}" if filters else back,
    )


def _listed(
    admin: Any, request: HttpRequest, filters: str
) -> tuple[Requests, Requests]:
    if not filters:
        everything: Requests = RequestLog.objects.order_by(*NEWEST_FIRST)
        return everything, everything
    asked = copy(request)
    asked.GET = QueryDict(filters)
    found = _Unseen(
        asked,
        admin.model,
        list_display=(),
        list_display_links=(),
        list_filter=admin.get_list_filter(asked),
        date_hierarchy=None,
        search_fields=admin.get_search_fields(asked),
        list_select_related=False,
        list_per_page=1,
        list_max_show_all=1,
        list_editable=(),
        model_admin=admin,
        sortable_by=(),
        search_help_text=None,
    )
    return found.queryset, found.led


def _beside(
    requests: Requests, led: Requests, row: RequestLog, *, forward: bool
) -> str | None:
    """Not beyond the horizon of a page, where conditions are tested row by row."""
    key = Key.of(row)
    found, _, _ = walk(requests, led, key, 1, forward=forward)
    return found[0].pk if found else None


def _link(identity: str | None, filters: str) -> str | None:
    if identity is None:
        return None
    link = reverse("admin:chat_requestlog_change", args=[quote(identity)])
    return f"{link}?{urlencode({FILTERS: filters})}" if filters else link
