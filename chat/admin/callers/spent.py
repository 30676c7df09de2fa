"""What callers asked, and what it cost, from the sums that are kept of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum

from chat.admin.callers.caller import Caller
from chat.admin.callers.window import Window
from chat.admin.overview.sums import exactly
from chat.models import CallerKind, CallerTally

COLUMNS = (
    *("requests", "failures", "prompt_tokens", "completion_tokens"),
    *("cost_usd", "estimated_usd"),
)
# `total_` apart from the columns, or one sum would be taken of another.
TOTALS = {f"total_{name}": Sum(name) for name in COLUMNS}


@dataclass(frozen=True)
class Spent:
    """In US dollars what is known, and beside it what is estimated."""

    requests: int = 0
    failures: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: Decimal = Decimal(0)
    estimated_usd: Decimal = Decimal(0)

    @property
    def usd(self) -> Decimal:
        return self.cost_usd + self.estimated_usd

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(*(getattr(self, n) + getattr(other, n) for n in COLUMNS))

    def __sub__(self, other: "Spent") -> "Spent":
        return Spent(*(getattr(self, n) - getattr(other, n) for n in COLUMNS))


NOTHING = Spent()


def dearest(kind: CallerKind, window: Window, most: int) -> list[tuple[Caller, Spent]]:
    """The callers of a kind that cost most: one query over ranges of an index."""
    sums = _sums(kind, window)
    if kind != CallerKind.CLIENT:
        sums = sums.exclude(caller="")
    callers: QuerySet[Any] = sums.values("client_id", "caller").annotate(**TOTALS)
    usd = Sum("cost_usd") + Sum("estimated_usd")
    ordered = callers.annotate(usd=usd).order_by(
        "-usd", "-total_requests", "client_id", "caller"
    )
    return [
        (Caller(kind, row["client_id"], row["caller"]), _spent(row))
        for row in ordered[:most]
    ]


def of_all(kind: CallerKind, window: Window) -> Spent:
    """All callers of a kind together."""
    return _spent(_sums(kind, window).aggregate(**TOTALS))


def of_each(callers: Iterable[Caller], window: Window) -> dict[Caller, Spent]:
    """What each of `callers`, of one kind, spent: one query."""
    found: dict[Caller, Spent] = dict.fromkeys(callers, NOTHING)
    if not found:
        return {}
    kind = next(iter(found)).kind
    which = Q(client_id__in={caller.client_id for caller in found})
    which &= Q(caller__in={caller.caller for caller in found})
    sums = _sums(kind, window).filter(which).values("client_id", "caller")
    rows: QuerySet[Any] = sums.order_by().annotate(**TOTALS)
    for row in rows:
        caller = Caller(kind, row["client_id"], row["caller"])
        if caller in found:
            found[caller] = _spent(row)
    return found


def _sums(kind: CallerKind, window: Window) -> QuerySet[Any]:
    return CallerTally.objects.filter(window.sums, kind=kind)


def _spent(row: dict[str, Any]) -> Spent:
    """There is no sum of no rows."""
    totals: list[Any] = [row[f"total_{n}"] or getattr(NOTHING, n) for n in COLUMNS]
    return Spent(*map(exactly, totals))
