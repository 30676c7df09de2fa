"""What was spent, read from the sums that are kept of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Max, Q, QuerySet, Sum

from chat.models import Client, Period, RequestLog, Scope, Spending

_COLUMNS = [
    *("requests", "prompt_tokens", "completion_tokens"),
    *("charged_usd", "estimated_usd"),
]
# `total_` apart from the columns, or one sum would be taken of another.
TOTALS = {f"total_{name}": Sum(name) for name in _COLUMNS}


@dataclass(frozen=True)
class Spent:
    """`charged_usd` is what budgets are charged; so much of it is an estimate."""

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    charged_usd: Decimal = Decimal(0)
    estimated_usd: Decimal = Decimal(0)

    @classmethod
    def of(cls, sums: Spending) -> "Spent":
        return cls(*(getattr(sums, name) for name in _COLUMNS))

    @classmethod
    def total(cls, row: dict[str, Any]) -> "Spent":
        """Of a row of a query that has TOTALS; there is no sum of no rows."""
        return cls(*(row[f"total_{n}"] or getattr(cls, n) for n in _COLUMNS))

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(*(getattr(self, n) + getattr(other, n) for n in _COLUMNS))

    def __sub__(self, other: "Spent") -> "Spent":
        return Spent(*(getattr(self, n) - getattr(other, n) for n in _COLUMNS))


NOTHING = Spent()


@dataclass(frozen=True)
class Lately:
    today: Spent = NOTHING
    month: Spent = NOTHING


def month_of(day: date) -> date:
    return day.replace(day=1)


def of_clients(ids: Collection[int], day: date) -> dict[int, Lately]:
    """What each client spent on `day` (UTC) and in its month: one query for all."""
    found: dict[int, dict[str, Spent]] = {pk: {} for pk in ids}
    for sums in lately(day).filter(scope=Scope.CLIENT, client_id__in=ids):
        found[sums.client_id][sums.period] = Spent.of(sums)
    return {
        pk: Lately(by.get(Period.DAY, NOTHING), by.get(Period.MONTH, NOTHING))
        for pk, by in found.items()
    }


def of_scope(scope: Scope, day: date) -> Lately:
    """The same of everybody, or of those without a key."""
    by = {s.period: Spent.of(s) for s in lately(day).filter(scope=scope, client_id=0)}
    return Lately(by.get(Period.DAY, NOTHING), by.get(Period.MONTH, NOTHING))


def lately(day: date) -> QuerySet[Spending]:
    """The sums of `day` and of its month."""
    month = month_of(day)
    either = Q(start=day, period=Period.DAY) | Q(start=month, period=Period.MONTH)
    # The first by itself, for the index.
    return Spending.objects.filter(start__in={day, month}).filter(either)


def last_used(client: Client) -> datetime | None:
    """When a key of it was last used, or it last asked; keys are prefetched."""
    times = [key.last_used_at for key in client.keys.all()]
    asked = RequestLog.objects.filter(client=client).aggregate(Max("created_at"))
    return max(filter(None, [*times, asked["created_at__max"]]), default=None)
