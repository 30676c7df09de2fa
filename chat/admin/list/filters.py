"""The filters beside the list of requests."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.core.validators import validate_ipv46_address
from django.http import HttpRequest

from chat.admin.list import days, narrowing
from chat.admin.list.answering import answering
from chat.admin.list.distinct import distinct
from chat.admin.list.narrowing import Failures, Marked, Narrowing, OneOf, Requests
from chat.admin.list.search import of_client, of_code
from chat.admin.visible import visible
from chat.ending import FAILURES, PARTLY, Ending, Extent, Whose
from chat.models import Client
from chat.models.request_log import (
    COSTLY_USD,
    NOT_WHOLE,
    SLOW_MS,
    EndingChoices,
    ExtentChoices,
    WhoseChoices,
)

Choices = list[tuple[str, str]]
OPEN = "open"
ALL_FAILURES = "failures"
ALL_PARTLY = "partly"
WITHOUT = "none"
MOST_CLIENTS = 200
BEHIND_A_PROXY = (
    "Behind a Next.js rewrite or another proxy it is the proxy’s, unless"
    " TRUSTED_PROXIES names that."
)
CLASSES = {"2xx": (200, 300), "4xx": (400, 500), "5xx": (500, 600)}


class Filter(admin.SimpleListFilter):
    """Says what it narrows to; the change list puts the query together.

    Django makes one for each request. It has output even without choices, so that one
    that is in use can always be seen and taken back.
    """

    template = "admin/chat/requestlog/filter.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return []

    def has_output(self) -> bool:
        return True

    def queryset(self, request: HttpRequest, queryset: Requests) -> Requests:
        found = self.narrowing
        return found.lead(queryset) if found else queryset

    @property
    def narrowing(self) -> Narrowing | None:
        """The condition chosen. Raises IncorrectLookupParameters if it is none."""
        value = self.value()
        if not value:
            return None
        try:
            if "\0" in value:
                raise ValueError("NUL")
            return self.narrow(value)
        except (ValueError, ValidationError) as error:
            raise IncorrectLookupParameters(str(error)) from error

    def narrow(self, value: str) -> Narrowing:
        raise NotImplementedError


class EndingFilter(Filter):
    title = "ending"
    parameter_name = "ending"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        groups = [(OPEN, "open"), (ALL_FAILURES, "all failures")]
        return [*groups, *[(str(v), str(t)) for v, t in EndingChoices.choices]]

    def narrow(self, value: str) -> Narrowing:
        if value == OPEN:
            return Narrowing("ending", narrowing.ONE, {"ending__isnull": True})
        if value == ALL_FAILURES:
            lookups = {"ending__in": sorted(FAILURES)}
            kept = {"ending__gt": Ending.COMPLETED}
            return OneOf("ending", narrowing.FAILING, lookups, kept)
        ending = Ending(value)
        rank = narrowing.MOST if ending == Ending.COMPLETED else narrowing.ENDING
        return Narrowing("ending", rank, {"ending": ending})


class AnswerFilter(Filter):
    """What there is of the answer, where that is not all of it."""

    title = "answer"
    parameter_name = "answer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        found = [(value, str(ExtentChoices(value).label)) for value in NOT_WHOLE]
        return [(ALL_PARTLY, "finished, and not whole"), *found]

    def narrow(self, value: str) -> Narrowing:
        if value == ALL_PARTLY:
            lookups = {"answer__in": sorted(PARTLY)}
            kept = {"answer__lt": Extent.NONE}
            return OneOf("answer", narrowing.ANSWER, lookups, kept)
        answer = Extent(value)
        if answer not in NOT_WHOLE:
            return Narrowing("answer", narrowing.NO_INDEX, {"answer": answer})
        return Marked("answer", narrowing.ANSWER, {"answer": answer})


class WhoseFilter(Filter):
    title = "whose fault"
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [(str(value), str(words)) for value, words in WhoseChoices.choices]

    def narrow(self, value: str) -> Narrowing:
        return Narrowing("whose", narrowing.WHOSE, {"whose": Whose(value)})


class ModelFilter(Filter):
    title = "model"
    parameter_name = "model"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        names = answering()
        if (chosen := self.value()) and chosen not in names:
            names.append(chosen)
        return [(name, visible(name)) for name in names]

    def narrow(self, value: str) -> Narrowing:
        return Narrowing("model", narrowing.MODEL, {"model": value})


class ClientFilter(Filter):
    title = "client"
    parameter_name = "client"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """The first by name, and the one that is chosen; the search finds any."""
        names = dict(Client.objects.values_list("pk", "name")[:MOST_CLIENTS])
        chosen = self.value() or ""
        if chosen.isdecimal() and len(chosen) < 19 and int(chosen) not in names:
            chosen_one = Client.objects.filter(pk=int(chosen))
            names |= dict(chosen_one.values_list("pk", "name"))
        found = [(str(pk), visible(name)) for pk, name in names.items()]
        return [*found, (WITHOUT, "without a client")] if found else []

    def narrow(self, value: str) -> Narrowing:
        if value == WITHOUT:
            lookups = {"client_id__isnull": True}
            return Narrowing("client_id", narrowing.NO_INDEX, lookups)
        if not value.isdecimal() or len(value) > 18:
            raise ValueError(value)
        return of_client(int(value))


class StatusFilter(Filter):
    title = "HTTP status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        classes = [(name, f"{name} – {about}") for name, about in ABOUT.items()]
        exact = [(str(s), str(s)) for s in distinct("status")]
        return [*classes, *exact]

    def narrow(self, value: str) -> Narrowing:
        if value in CLASSES:
            least, beyond = CLASSES[value]
            lookups = {"status__gte": least, "status__lt": beyond}
            if value == "2xx":
                return Narrowing("status", narrowing.NO_INDEX, lookups)
            return Failures("status", narrowing.ERRORS, lookups)
        status = int(value)
        if not 0 < status < 1000:
            raise ValueError(value)
        rank = narrowing.MOST if status == 200 else narrowing.STATUS
        return Narrowing("status", rank, {"status": status})


# What the caller was told; whose fault a failure is, is another matter.
ABOUT = {"2xx": "an answer began", "4xx": "to change it or wait", "5xx": "it failed"}


class SlowFilter(Filter):
    title = "duration"
    parameter_name = "slow"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [("1", f"{SLOW_MS // 1000} s or more")]

    def narrow(self, value: str) -> Narrowing:
        return Narrowing("duration_ms", narrowing.SLOW, {"duration_ms__gte": SLOW_MS})


class CostlyFilter(Filter):
    title = "cost"
    parameter_name = "costly"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [("1", f"${COSTLY_USD} or more")]

    def narrow(self, value: str) -> Narrowing:
        return Narrowing("cost_usd", narrowing.COSTLY, {"cost_usd__gte": COSTLY_USD})


class TypedFilter(Filter):
    """Takes its value from a field to type in: there are too many to choose from."""

    template = "admin/chat/requestlog/typed_filter.html"
    help_text = ""

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        name = self.parameter_name or ""
        yield {
            "name": name,
            "value": self.value() or "",
            "shown": visible(self.value() or ""),
            "others": [p for p in changelist.params.items() if p[0] != name],
            "without": changelist.get_query_string(remove=[name]),
        }


class AddressFilter(TypedFilter):
    title = "caller’s address"
    parameter_name = "address"

    @property
    def help_text(self) -> str:  # type: ignore[override]
        return "" if settings.TRUSTED_PROXIES else BEHIND_A_PROXY

    def narrow(self, value: str) -> Narrowing:
        validate_ipv46_address(value.strip())
        return Narrowing("address", narrowing.ADDRESS, {"address": value.strip()})


class UserFilter(TypedFilter):
    title = "user_id"
    parameter_name = "user_id"

    def narrow(self, value: str) -> Narrowing:
        return Narrowing("user_id", narrowing.USER, {"user_id": value})


class CodeFilter(TypedFilter):
    title = "error code"
    parameter_name = "error_code"

    def narrow(self, value: str) -> Narrowing:
        return of_code(value.strip())


class PeriodFilter(Filter):
    """Narrows every index alike, and so never decides which one leads."""

    title = "time"
    parameter_name = "period"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [(key, words) for key, (words, _) in days.LATELY.items()]

    def narrow(self, value: str) -> Narrowing:
        return Narrowing("created_at", narrowing.NO_INDEX, days.lookups(value))
