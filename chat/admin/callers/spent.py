"""What callers asked, and what it cost, from the sums that are kept of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import F, Func, Q, QuerySet, Sum, Window

from chat.admin.callers.caller import Caller
from chat.admin.callers.window import Stretch
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


class _SumOfSums(Func):
    """Django's own is not for what is a sum already."""

    function = "SUM"
    window_compatible = True


# In each row, over all callers.
_OF_ALL = {f"all_{name}": Window(_SumOfSums(F(f"total_{name}"))) for name in COLUMNS}


def dearest(
    kind: CallerKind, window: Stretch, most: int
) -> tuple[list[tuple[Caller, Spent]], Spent]:
    """The callers of a kind that cost most, and all of that kind together: one query
    over ranges of an index."""
    callers: QuerySet[Any] = _sums(kind, window).values("client_id", "caller")
    sums = callers.annotate(**TOTALS)
    usd = Sum("cost_usd") + Sum("estimated_usd")
    # One more, for those of whom nothing is kept apart are no caller.
    ordered = sums.annotate(usd=usd, **_OF_ALL).order_by(
        "-usd", "-total_requests", "client_id", "caller"
    )[: most + 1]
    found = list(ordered)
    of_all = _spent(found[0], "all") if found else NOTHING
    named = [row for row in found if row["caller"] or kind == CallerKind.CLIENT]
    shown = [
        (Caller(kind, row["client_id"], row["caller"]), _spent(row))
        for row in named[:most]
    ]
    return shown, of_all


def of_each(callers: Iterable[Caller], window: Stretch) -> dict[Caller, Spent]:
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


def _sums(kind: CallerKind, window: Stretch) -> QuerySet[Any]:
    return CallerTally.objects.filter(window.sums, kind=kind)


def _spent(row: dict[str, Any], of: str = "total") -> Spent:
    """There is no sum of no rows."""
    totals: list[Any] = [row[f"{of}_{n}"] or getattr(NOTHING, n) for n in COLUMNS]
    return Spent(*map(exactly, totals))
