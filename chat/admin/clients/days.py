"""The last 30 days of a client, as charts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from chat.access.figures import NOTHING, Spent
from chat.admin.amounts import count, dollars
from chat.admin.overview import charts
from chat.admin.overview.charts import Chart
from chat.models import Client, Period, Scope, Spending

SHOWN = 30
LABEL_EVERY = 5
TALL = 150
MILLION = 1_000_000

Day = tuple[str, Spent]


@dataclass(frozen=True)
class Days:
    """`rows` have what the charts show, in words."""

    requests: Chart
    cost: Chart
    rows: list[tuple[str, str, str, str]]


def days_of(client: Client, today: date) -> Days | None:
    """One query; None if nothing was asked in these days."""
    dates = [today - timedelta(days=back) for back in reversed(range(SHOWN))]
    sums = Spending.objects.filter(
        start__in=dates, period=Period.DAY, scope=Scope.CLIENT, client_id=client.pk
    )
    found = {day.start: Spent.of(day) for day in sums}
    if not found:
        return None
    days = [(_name(day, today), found.get(day, NOTHING)) for day in dates]
    labels = [
        f"{day.day} {day:%b}" if (today - day).days % LABEL_EVERY == 0 else ""
        for day in dates
    ]
    return Days(_requests(days, labels), _cost(days, labels), _rows(days))


def _requests(days: Sequence[Day], labels: Sequence[str]) -> Chart:
    return charts.stacked(
        [[("prompt", spent.requests)] for _, spent in days],
        [f"{name}: {count(spent.requests)} requests" for name, spent in days],
        labels,
        count,
        TALL,
    )


def _cost(days: Sequence[Day], labels: Sequence[str]) -> Chart:
    """In millionths of a dollar, for a chart counts."""
    stacks = []
    for _, spent in days:
        estimated = int(spent.estimated_usd * MILLION)
        known = int(spent.charged_usd * MILLION) - estimated
        stacks.append([("cost", known), ("estimated", estimated)])
    return charts.stacked(
        stacks,
        [f"{name}: {_told(spent)}" for name, spent in days],
        labels,
        lambda millionths: dollars(Decimal(millionths) / MILLION),
        TALL,
    )


def _told(spent: Spent) -> str:
    if not spent.estimated_usd:
        return dollars(spent.charged_usd)
    return f"{dollars(spent.charged_usd)}\n{dollars(spent.estimated_usd)} is estimated"


def _rows(days: Sequence[Day]) -> list[tuple[str, str, str, str]]:
    return [
        (
            name,
            f"{spent.requests:,}",
            dollars(spent.charged_usd),
            dollars(spent.estimated_usd),
        )
        for name, spent in days
    ]


def _name(day: date, today: date) -> str:
    return f"{day:%a} {day.day} {day:%b}{' (so far)' if day == today else ''}"
