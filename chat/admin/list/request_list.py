"""The list of requests: which there are to see, and the page of them to show."""

from typing import Any

from django.conf import settings
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import (
    build_q_object_from_lookup_parameters,
    prepare_lookup_value,
)
from django.contrib.admin.views.main import ERROR_FLAG, IGNORED_PARAMS, ChangeList
from django.core.exceptions import FieldDoesNotExist, FieldError, ValidationError
from django.db import DataError
from django.db.models import Q
from django.http import HttpRequest

from chat.admin.list import search, sorting
from chat.admin.list.days import Day, strip
from chat.admin.list.filters import Filter, PeriodFilter
from chat.admin.list.narrowing import Narrowing, Requests, leader
from chat.admin.list.paging import HORIZON, NEWEST_FIRST, Key, page
from chat.admin.list.sorting import SORTINGS, Sorting
from chat.admin.list.totals import totals
from chat.admin.permissions import may_read
from chat.admin.visible import visible
from chat.models import RequestLog

BEFORE, AFTER = "before", "after"
TEXT = "text"  # of the export
SORT = "sort"
TOTALS = "totals"
WHERE, ANSWERS = "in", "answers"  # the term is looked for
SINCE = "since"  # of what is new
OWN = (BEFORE, AFTER, TEXT, SORT, TOTALS, SINCE)
# Of Django's, for conditions that are written by hand. A regular expression could take
# for ever, and what is inside of JSON has no index.
LOOKUPS = {"exact", "in", "isnull", "gt", "gte", "lt", "lte"}
LOOKUPS |= {"contains", "icontains", "startswith", "istartswith"}
WITHOUT_LOOKUPS = {"parameters", "text", "attempts"}
# What people type has no time zone; the strip of days and the filter have.
WITHOUT_LOOKUPS |= {"created_at"}
LONGEST = 100
UNREADABLE = (FieldDoesNotExist, FieldError, TypeError, ValueError, ValidationError)
OVERDONE = (DataError, OverflowError, ValueError)


class RequestList(ChangeList):
    """Django's change list, but by key, in one order, and on one index at a time.

    A filter that cannot be read is left out, and named in `unreadable` with its value:
    the others hold. Whoever does more than show the list looks there first.
    """

    filter_specs: list[Filter]  # type: ignore[assignment]

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        """All but where the term is looked for, and but the place, which also stays out
        of the links of filters."""
        for name in OWN:
            self.params.pop(name, None)
            self.filter_params.pop(name, None)
        found: dict[str, Any] = super().get_filters_params(params)
        found.pop(WHERE, None)
        return found

    def get_ordering(self, request: HttpRequest, queryset: Any) -> list[Any]:
        return list(NEWEST_FIRST)

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: Any = None
    ) -> Requests:
        """Every request that the filters and the search let through."""
        self.may_read = may_read(request)
        self.unreadable: list[tuple[str, str]] = []
        if ERROR_FLAG in request.GET:
            self.unreadable.append(("all that was asked for", ""))
        self._others = self._handwritten(request)
        specs, self.has_filters, _, _, active = self.get_filters(request)
        self.has_active_filters = active
        self.filter_specs = specs  # type: ignore[assignment]
        self.found = self._find(request)
        self._narrowings = self._read_filters()
        self.clear_all_filters_qs = self.get_query_string(
            remove=list(self.get_filters_params())
        )
        return self._narrowed()

    def get_results(self, request: HttpRequest) -> None:
        self.paginator = None
        self.sorting = self._sorting(request)
        before, after = self._key(request, BEFORE), self._key(request, AFTER)
        if self.unreadable and request.method == "POST":
            raise IncorrectLookupParameters("Nothing is done to more than was meant.")
        try:
            self._look_up(request, before, after)
        except OVERDONE as error:
            if not self._others:
                raise IncorrectLookupParameters(str(error)) from error
            self._leave_out_handwritten()
            self._look_up(request, before, after)
        self.result_list = self.page.requests
        self.result_count = len(self.page.requests)
        self.full_result_count = None
        self.show_full_result_count = self.can_show_all = self.multi_page = False
        self.show_admin_actions = True

    def _look_up(
        self, request: HttpRequest, before: Key | None, after: Key | None
    ) -> None:
        if self.sorting:
            self.page = self.sorting.page(self.queryset, self.led)
        else:
            size = self.list_per_page
            self.page = page(self.queryset, self.led, before, after, size)
        wanted = request.GET.get(TOTALS) == "1"
        self.totals = totals(self.queryset, self.led) if wanted else None

    def _leave_out_handwritten(self) -> None:
        """Of what a database cannot look for one only knows once it has tried."""
        for name, (values, _) in self._others.items():
            self._leave_out(name, ", ".join(values))
        self._others = {}
        self.queryset = self._narrowed()

    def older_link(self) -> str | None:
        key = self.page.older
        return self.get_query_string({BEFORE: str(key)}) if key else None

    def newer_link(self) -> str | None:
        key = self.page.newer
        return self.get_query_string({AFTER: str(key)}) if key else None

    def newest_link(self) -> str:
        return self.get_query_string()

    def looked_at(self) -> int:
        return sorting.LOOKED_AT if self.sorting else HORIZON

    def export_text_query(self) -> str:
        return self.get_query_string({TEXT: "1"})

    def totals_link(self) -> str:
        return self.get_query_string({TOTALS: "1"})

    def words_link(self) -> str:
        """Where the term is looked for as words, and not as what it names."""
        quoted = self.query.strip().replace('"', "")
        return self.get_query_string({"q": f'"{quoted}"', WHERE: None})

    def answers_link(self) -> str:
        """Where the term is looked for among the words of answers, if that can be."""
        if not settings.ADMIN_SEARCH_ANSWERS or not self.query.strip():
            return ""
        if not self.may_read:
            return ""
        if self.params.get(WHERE) == ANSWERS:
            return ""
        return self.get_query_string({WHERE: ANSWERS})

    def sort_links(self) -> list[dict[str, Any]]:
        """The orders there are, within a day."""
        if not self.chosen_day():
            return []
        newest = {"words": "newest first", "link": self.get_query_string()}
        found = [{**newest, "is_chosen": self.sorting is None}]
        for one in SORTINGS.values():
            link = self.get_query_string({SORT: one.key})
            is_chosen = one is self.sorting
            found.append({"words": one.words, "link": link, "is_chosen": is_chosen})
        return found

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

    def _leave_out(self, name: str, value: str, title: str = "") -> None:
        """Say that what `name` asks for cannot be read, and forget that it did."""
        self.unreadable.append(
            (title or visible(name[:LONGEST]), visible(value[:LONGEST]))
        )
        self.params.pop(name, None)
        self.filter_params.pop(name, None)

    def _find(self, request: HttpRequest) -> search.Found | None:
        """What the term of the search names; None if it is words of questions."""
        if request.GET.get(WHERE) == ANSWERS and self.may_read:
            return search.in_answers(self.query)
        return search.exactly(self.query)

    def _read_filters(self) -> list[tuple[Filter, Narrowing]]:
        read = []
        for spec in self.filter_specs:
            try:
                if narrowing := spec.narrowing:
                    read.append((spec, narrowing))
            except IncorrectLookupParameters:
                value = str(spec.value())
                self._leave_out(spec.parameter_name or "", value, str(spec.title))
                spec.used_parameters.clear()
        return read

    def _narrowed(self) -> Requests:
        """Of what the filters say the most telling condition leads: see `narrowing`."""
        self.led: Requests = self.root_queryset.order_by(*NEWEST_FIRST)
        narrowings = []
        for spec, narrowing in self._narrowings:
            if isinstance(spec, PeriodFilter):
                self.led = narrowing.lead(self.led)
            else:
                narrowings.append(narrowing)
        if self.found:
            narrowings.append(self.found.narrowing)
        if leading := leader(narrowings):
            self.led = leading.lead(self.led)
        requests = self.led
        for one in narrowings:
            requests = requests if one is leading else one.follow(requests)
        words = None if self.found else search.words(self.query)
        if words and not self.may_read:
            return requests.none()  # or one could guess what was asked, word by word
        further = [condition for _, condition in self._others.values()]
        for condition in further + ([words] if words else []):
            requests = requests.filter(condition)
        return requests

    def _handwritten(self, request: HttpRequest) -> dict[str, tuple[list[str], Q]]:
        """Conditions in Django's own words, from those who write addresses by hand: the
        values by name, and what they come to."""
        ours = {getattr(one, "parameter_name", "") for one in self.list_filter}
        found = {}
        for name, values in list(self.get_filters_params().items()):
            if name in ours or name in IGNORED_PARAMS:
                continue
            try:
                self._check(request, name, values)
                prepared = {name: prepare_lookup_value(name, values)}
                condition = build_q_object_from_lookup_parameters(prepared)
                self.root_queryset.filter(condition)  # or it raises here
                found[name] = (values, condition)
            except (*UNREADABLE, IncorrectLookupParameters):
                self._leave_out(name, ", ".join(values))
        return found

    def _check(self, request: HttpRequest, name: str, values: list[str]) -> None:
        """Refuse what only a database would find fault with, or take for ever over."""
        field, _, lookup = name.partition("__")
        RequestLog._meta.get_field(field)
        if field == "question" and not self.may_read:
            raise IncorrectLookupParameters(f"{name} is for those who may read texts.")
        if lookup and lookup not in LOOKUPS or field in WITHOUT_LOOKUPS:
            raise IncorrectLookupParameters(f"{name} cannot be asked for.")
        if any("\0" in str(value) for value in values):
            raise IncorrectLookupParameters(f"{name} has a NUL.")
        if not all(self.model_admin.lookup_allowed(name, v, request) for v in values):
            raise IncorrectLookupParameters(f"{name} cannot be asked for.")

    def _key(self, request: HttpRequest, name: str) -> Key | None:
        text = request.GET.get(name)
        try:
            return Key.read(text) if text else None
        except ValueError:
            self._leave_out(name, text or "", "place")
            return None

    def _sorting(self, request: HttpRequest) -> Sorting | None:
        if not (key := request.GET.get(SORT)):
            return None
        found = SORTINGS.get(key) if self.chosen_day() else None
        if found is None:
            self._leave_out(SORT, key, "order, which a day alone can have,")
        return found
