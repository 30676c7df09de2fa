"""What the tallies say about a period, added up by the database.

Each question is one query over one range of an index, and its answer is bounded: by
bins and endings, by a number of models, by bins and buckets.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Func, IntegerField, QuerySet, Sum
from django.db.models.sql.compiler import SQLCompiler

from chat.admin.overview.period import Period
from chat.models import EndingTally, TimingTally

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

    def __add__(self, other: "Sums") -> "Sums":
        return self._each(other, 1)

    def __sub__(self, other: "Sums") -> "Sums":
        return self._each(other, -1)

    def _each(self, other: "Sums", sign: int) -> "Sums":
        return Sums(*(getattr(self, n) + sign * getattr(other, n) for n in COLUMNS))


COLUMNS = [field.name for field in fields(Sums)]
# `total_` apart from the columns, or one sum would be taken of another.
_TOTALS = {f"total_{name}": Sum(name) for name in COLUMNS}


class Bin(Func):
    """The number of the bin of `width` seconds that a time is in, from the epoch.

    Django's own truncation is a Python function on SQLite: ten times as slow.
    """

    output_field = IntegerField()

    def __init__(self, time: F, width: int) -> None:
        super().__init__(time, width=width)

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **more: Any
    ) -> Any:
        template = "(CAST(strftime('%%%%s', %(expressions)s) AS INTEGER) / %(width)s)"
        return self.as_sql(compiler, connection, template=template, **more)

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **more: Any
    ) -> Any:
        template = "FLOOR(EXTRACT(EPOCH FROM %(expressions)s) / %(width)s)::int"
        return self.as_sql(compiler, connection, template=template, **more)


def by_bin_and_ending(period: Period, now: datetime) -> dict[int, dict[str, Sums]]:
    rows = _within(EndingTally.objects.all(), period, now)
    grouped = rows.annotate(bin=Bin(F("at"), period.width)).values("bin", "ending")
    found: dict[int, dict[str, Sums]] = defaultdict(dict)
    for row in grouped.annotate(**_TOTALS).order_by():
        found[row["bin"]][row["ending"]] = _sums(row)
    return found


def by_model(period: Period, now: datetime, most: int) -> list[tuple[str, Sums]]:
    """The `most` models that were asked most, and what they did."""
    rows = _within(EndingTally.objects.all(), period, now).values("model")
    rows = rows.annotate(**_TOTALS).order_by("-total_requests", "model")
    return [(row["model"], _sums(row)) for row in rows[:most]]


def timings(period: Period, now: datetime) -> Timings:
    """Histograms by measure and bin: requests by bucket."""
    rows = _within(TimingTally.objects.all(), period, now)
    rows = rows.annotate(bin=Bin(F("at"), period.width))
    grouped = rows.values_list("measure", "bin", "bucket").order_by()
    found: Timings = defaultdict(lambda: defaultdict(Counter))
    for measure, number, bucket, requests in grouped.annotate(Sum("requests")):
        found[measure][number][bucket] = requests
    return found


def _within(tallies: QuerySet[Any], period: Period, now: datetime) -> QuerySet[Any]:
    since = period.start(period.first_bin(now))
    return tallies.filter(span=period.span, at__gte=since)


def _sums(row: dict[str, Any]) -> Sums:
    return Sums(*(row[f"total_{name}"] for name in COLUMNS))
