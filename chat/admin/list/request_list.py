"""The list of requests: which there are to see, and the page of them to show."""

from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import build_q_object_from_lookup_parameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import FieldError, ValidationError
from django.db import DataError
from django.http import HttpRequest

from chat.admin.list import search
from chat.admin.list.days import Day, strip
from chat.admin.list.filters import Filter, PeriodFilter
from chat.admin.list.narrowing import Requests, leader
from chat.admin.list.paging import HORIZON, NEWEST_FIRST, Key, page
from chat.admin.permissions import may_read

BEFORE, AFTER = "before", "after"
TEXT = "text"  # of the export
SINCE = "since"  # of what is new
# Of Django's, for conditions that are written by hand. A regular expression could take
# for ever, and what is inside of JSON has no index.
LOOKUPS = {"exact", "in", "isnull", "gt", "gte", "lt", "lte"}
LOOKUPS |= {"contains", "icontains", "startswith", "istartswith"}
WITHOUT_LOOKUPS = {"parameters", "text"}
# What people type has no time zone; the strip of days and the filter have.
WITHOUT_LOOKUPS |= {"created_at"}


class RequestList(ChangeList):
    """Django's change list, but by key, in one order, and on one index at a time."""

    filter_specs: list[Filter]  # type: ignore[assignment]

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        """All but the place, which also stays out of the links of filters."""
        for name in (BEFORE, AFTER, TEXT, SINCE):
            self.params.pop(name, None)
            self.filter_params.pop(name, None)
        return super().get_filters_params(params)

    def get_ordering(self, request: HttpRequest, queryset: Any) -> list[Any]:
        return list(NEWEST_FIRST)

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: Any = None
    ) -> Requests:
        """Every request that the filters and the search let through."""
        self.may_read = may_read(request)
        specs, self.has_filters, others, _, active = self.get_filters(request)
        self.has_active_filters = active
        self.filter_specs = specs  # type: ignore[assignment]
        self.clear_all_filters_qs = self.get_query_string(
            remove=list(self.get_filters_params())
        )
        self.led = self._within_period()
        return self._handwritten(self._narrowed(), others)

    def get_results(self, request: HttpRequest) -> None:
        self.paginator = None
        before, after = _key(request, BEFORE), _key(request, AFTER)
        try:
            self.page = page(self.queryset, self.led, before, after, self.list_per_page)
        except (DataError, OverflowError, ValueError) as error:
            raise IncorrectLookupParameters(str(error)) from error
        self.result_list = self.page.requests
        self.result_count = len(self.page.requests)
        self.full_result_count = None
        self.show_full_result_count = self.can_show_all = self.multi_page = False
        self.show_admin_actions = True

    def older_link(self) -> str | None:
        key = self.page.older
        return self.get_query_string({BEFORE: str(key)}) if key else None

    def newer_link(self) -> str | None:
        key = self.page.newer
        return self.get_query_string({AFTER: str(key)}) if key else None

    def newest_link(self) -> str:
        return self.get_query_string()

    def looked_at(self) -> int:
        return HORIZON

    def export_text_query(self) -> str:
        return self.get_query_string({"text": "1"})

    def all_days_link(self) -> str:
        return self.get_query_string(remove=["period"])

    def chosen_day(self) -> str:
        return next((str(day.date) for day in self._strip if day.is_chosen), "")

    def days(self) -> list[dict[str, Any]]:
        """The strip above the list."""
        return [
            {"day": day, "link": self.get_query_string({"period": str(day.date)})}
            for day in self._strip
        ]

    @property
    def _strip(self) -> list[Day]:
        return strip(self.params.get("period"))

    def _within_period(self) -> Requests:
        requests: Requests = self.root_queryset.order_by(*NEWEST_FIRST)
        for spec in self.filter_specs:
            if isinstance(spec, PeriodFilter) and spec.narrowing:
                requests = spec.narrowing.lead(requests)
        return requests

    def _narrowed(self) -> Requests:
        narrowings = [
            spec.narrowing
            for spec in self.filter_specs
            if spec.narrowing and not isinstance(spec, PeriodFilter)
        ]
        found = search.exactly(self.query)
        if found:
            narrowings.append(found)
        if leading := leader(narrowings):
            self.led = leading.lead(self.led)
        requests = self.led
        for one in narrowings:
            requests = requests if one is leading else one.follow(requests)
        words = None if found else search.words(self.query)
        if words and not self.may_read:
            return requests.none()  # or one could guess what was asked, word by word
        return requests.filter(words) if words else requests

    def _handwritten(self, requests: Requests, others: dict[str, Any]) -> Requests:
        """Conditions in Django's own words, from those who write addresses by hand."""
        if not others:
            return requests
        for name, values in others.items():
            _check(name, values, self.may_read)
        try:
            return requests.filter(build_q_object_from_lookup_parameters(others))
        except (FieldError, TypeError, ValueError, ValidationError) as error:
            raise IncorrectLookupParameters(str(error)) from error


def _check(name: str, values: list[str], may_read: bool) -> None:
    """Refuse what only the database would find fault with, or take for ever over, and
    what would tell of a text by whether it is found."""
    field, _, lookup = name.partition("__")
    if field == "question" and not may_read:
        raise IncorrectLookupParameters(f"{name} is for those who may read texts.")
    if lookup and lookup not in LOOKUPS or field in WITHOUT_LOOKUPS:
        raise IncorrectLookupParameters(f"{name} cannot be asked for.")
    if any("\0" in str(value) for value in values):
        raise IncorrectLookupParameters(f"{name} has a NUL.")


def _key(request: HttpRequest, name: str) -> Key | None:
    text = request.GET.get(name)
    try:
        return Key.read(text) if text else None
    except ValueError as error:
        raise IncorrectLookupParameters(str(error)) from error
