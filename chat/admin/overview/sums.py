"""What the tallies say about a period, added up by the database.

Each question is one query over one range of an index, and its answer is bounded: by
bins and endings, by a number of models or reasons, by bins and buckets.
"""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import (
    Case,
    F,
    Func,
    IntegerField,
    Max,
    Min,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.sql.compiler import SQLCompiler

from chat.admin.overview.period import Period
from chat.ending import Ending
from chat.models import EndingTally, ReasonTally, Span, TimingTally

Timings = dict[str, dict[int, Counter[int]]]


@dataclass
class Sums:
    """Sums over requests. Tokens and cost run over what is known of them."""

    requests: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    reasoning_tokens: int = 0
    cost_usd: Decimal = Decimal(0)
    priced: int = 0
    estimated_usd: Decimal = Decimal(0)

    def __add__(self, other: "Sums") -> "Sums":
        return self._each(other, 1)

    def __sub__(self, other: "Sums") -> "Sums":
        return self._each(other, -1)

    def _each(self, other: "Sums", sign: int) -> "Sums":
        return Sums(*(getattr(self, n) + sign * getattr(other, n) for n in COLUMNS))


@dataclass(frozen=True)
class Reason:
    """How requests ended that were not simply well, and why."""

    ending: str
    answer: str
    whose: str


@dataclass(frozen=True)
class Failed:
    """Requests that failed for one reason; when the first and the last was asked."""

    whose: str
    code: str
    ending: str
    requests: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True)
class Money:
    """In US dollars; so much is known, and so much estimated beside it."""

    known: Decimal = Decimal(0)
    estimated: Decimal = Decimal(0)

    @property
    def all(self) -> Decimal:
        return self.known + self.estimated


COLUMNS = [field.name for field in fields(Sums)]
# `total_` apart from the columns, or one sum would be taken of another.
_TOTALS = {f"total_{name}": Sum(name) for name in COLUMNS}
SMALLEST = Decimal("0.000001")
_MONEY = (Sum("cost_usd"), Sum("estimated_usd"))


class Bin(Func):
    """The number of the bin of `width` seconds that a time is in, by a period's clock.

    Django's own truncation is a Python function on SQLite: ten times as slow.
    """

    output_field = IntegerField()

    def __init__(self, *expressions: Any, width: int) -> None:
        super().__init__(*expressions, width=width)

    @classmethod
    def of(cls, period: Period) -> "Bin":
        """Of the column `at`."""
        *offsets, (_, latest) = period.clock.offsets
        ahead: Any = Value(latest)
        if offsets:
            changes = [since for since, _ in period.clock.offsets[1:]]
            whens = [
                When(at__lt=change, then=Value(offset))
                for change, (_, offset) in zip(changes, offsets, strict=True)
            ]
            ahead = Case(*whens, default=ahead, output_field=IntegerField())
        return cls(F("at"), ahead, width=period.width)

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **more: Any
    ) -> Any:
        template = "((CAST(strftime('%%%%s', %(expressions)s) / %(width)s)"
        more |= {"template": template, "arg_joiner": ") AS INTEGER) + "}
        return self.as_sql(compiler, connection, **more)

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **more: Any
    ) -> Any:
        template = "FLOOR((EXTRACT(EPOCH FROM %(expressions)s) / %(width)s)::int"
        more |= {"template": template, "arg_joiner": ") + "}
        return self.as_sql(compiler, connection, **more)


def by_bin_and_ending(period: Period) -> dict[int, dict[str, Sums]]:
    grouped = _binned(EndingTally.objects.all(), period).values("bin", "ending")
    found: dict[int, dict[str, Sums]] = defaultdict(dict)
    for row in grouped.annotate(**_TOTALS).order_by():
        found[row["bin"]][row["ending"]] = _sums(row)
    return found


def by_model(period: Period, most: int) -> list[tuple[str, Sums]]:
    """The `most` models that were asked most, and what they did."""
    rows = _within(EndingTally.objects.all(), period).values("model")
    rows = rows.annotate(**_TOTALS).order_by("-total_requests", "model")
    return [(row["model"], _sums(row)) for row in rows[:most]]


def money(period: Period, models: Collection[str]) -> dict[int, dict[str, Money]]:
    """What the requests of these models cost, by bin."""
    rows = EndingTally.objects.filter(model__in=models)
    grouped = _binned(rows, period).values_list("bin", "model").order_by()
    found: dict[int, dict[str, Money]] = defaultdict(dict)
    for number, model, known, estimated in grouped.annotate(*_MONEY):
        found[number][model] = _money(known, estimated)
    return found


def money_before(period: Period) -> dict[int, Money]:
    """What everything cost in the period before, by bin."""
    rows = EndingTally.objects.filter(
        span=period.span, at__gte=period.before, at__lt=period.since
    )
    grouped = rows.annotate(bin=Bin.of(period)).values_list("bin").order_by()
    return {
        number: _money(known, estimated)
        for number, known, estimated in grouped.annotate(*_MONEY)
    }


def money_between(since: datetime, until: datetime, span: Span = Span.HOUR) -> Money:
    rows = EndingTally.objects.filter(span=span, at__gte=since, at__lt=until)
    found = rows.aggregate(known=Sum("cost_usd"), estimated=Sum("estimated_usd"))
    return _money(found["known"], found["estimated"])


def oldest() -> datetime | None:
    """When counting began, to the hour."""
    hours = EndingTally.objects.filter(span=Span.HOUR).order_by("at")
    return hours.values_list("at", flat=True).first()


def reasons(period: Period) -> dict[int, Counter[Reason]]:
    """Requests that were not simply well, by bin."""
    rows = _binned(ReasonTally.objects.all(), period)
    grouped = rows.values_list("bin", "ending", "answer", "whose").order_by()
    found: dict[int, Counter[Reason]] = defaultdict(Counter)
    for number, *reason, requests in grouped.annotate(Sum("requests")):
        found[number][Reason(*reason)] = requests
    return found


def failed(period: Period, most: int) -> list[Failed]:
    """Why requests failed that are somebody's fault, the commonest reason first."""
    rows = _within(ReasonTally.objects.all(), period)
    rows = rows.exclude(whose="").exclude(ending=Ending.STOPPED)
    grouped = rows.values_list("whose", "code", "ending").order_by()
    totals = grouped.annotate(Sum("requests"), Min("first_at"), Max("last_at"))
    ordered = totals.order_by("-requests__sum", "whose", "code", "ending")
    return [Failed(*row) for row in ordered[:most]]


def timings(period: Period) -> Timings:
    """Histograms by measure and bin: requests by bucket."""
    rows = _binned(TimingTally.objects.all(), period)
    grouped = rows.values_list("measure", "bin", "bucket").order_by()
    found: Timings = defaultdict(lambda: defaultdict(Counter))
    for measure, number, bucket, requests in grouped.annotate(Sum("requests")):
        found[measure][number][bucket] = requests
    return found


def _binned(tallies: QuerySet[Any], period: Period) -> QuerySet[Any]:
    found: QuerySet[Any] = _within(tallies, period).annotate(bin=Bin.of(period))
    return found


def _within(tallies: QuerySet[Any], period: Period) -> QuerySet[Any]:
    return tallies.filter(span=period.span, at__gte=period.since, at__lt=period.until)


def _sums(row: dict[str, Any]) -> Sums:
    totals: list[Any] = [row[f"total_{name}"] or 0 for name in COLUMNS]
    return Sums(*map(exactly, totals))


def _money(known: Decimal | None, estimated: Decimal | None) -> Money:
    return Money(exactly(known or Decimal(0)), exactly(estimated or Decimal(0)))


def exactly(sum_of_some: Any) -> Any:
    """Dollars to a millionth, for SQLite adds binary fractions; a count as it is."""
    is_money = isinstance(sum_of_some, Decimal)
    return sum_of_some.quantize(SMALLEST) if is_money else sum_of_some
