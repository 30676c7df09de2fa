"""The last 30 days of a caller, as a chart and in words; days are those of UTC."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from chat.admin.amounts import count, dollars
from chat.admin.callers.caller import Caller
from chat.admin.callers.spent import COLUMNS, NOTHING, Spent
from chat.admin.callers.who import tokens
from chat.admin.overview import charts, links
from chat.admin.overview.charts import Chart
from chat.admin.overview.tiles import about
from chat.admin.visible import visible
from chat.models import CallerSpan, CallerTally

SHOWN = 30
LABEL_EVERY = 5
TALL = 150
MILLION = 1_000_000
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Days:
    """By day and by model; `rows` and `models` have what the charts show, in words."""

    total: Spent
    week: Spent
    week_before: Spent
    cost: Chart
    requests: Chart
    rows: list[tuple[str, str, list[str]]]
    models: list[tuple[str, str, list[str]]]


def days_of(caller: Caller, now: datetime) -> Days:
    """One query, a look in an index for each day."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    dates = [today - back * DAY for back in reversed(range(SHOWN))]
    sums = CallerTally.objects.filter(
        caller.condition, span=CallerSpan.DAY, at__in=dates
    )
    by_day: dict[datetime, Spent] = defaultdict(Spent)
    by_model: dict[str, Spent] = defaultdict(Spent)
    for at, model, *figures in sums.values_list("at", "model", *COLUMNS):
        by_day[at] += Spent(*figures)
        by_model[model] += Spent(*figures)
    found = [(day, by_day[day]) for day in dates]
    return Days(
        total=_sum(found),
        week=_sum(found[-7:]),
        week_before=_sum(found[-14:-7]),
        cost=_cost(caller, found, today),
        requests=_requests(caller, found, today),
        rows=[_row(caller, day, spent, today) for day, spent in reversed(found)],
        models=_models(caller, by_model, dates[0], today + DAY),
    )


def _sum(found: list[tuple[datetime, Spent]]) -> Spent:
    return sum((spent for _, spent in found), NOTHING)


def _cost(
    caller: Caller, found: list[tuple[datetime, Spent]], today: datetime
) -> Chart:
    return charts.stacked(
        [
            [
                ("cost", int(spent.cost_usd * MILLION)),
                ("estimated", int(spent.estimated_usd * MILLION)),
            ]
            for _, spent in found
        ],
        [f"{_name(day, today)}: {told(spent)}" for day, spent in found],
        _labels(found, today),
        lambda millionths: dollars(Decimal(millionths) / MILLION),
        TALL,
        [_link(caller, day) for day, _ in found],
    )


def _requests(
    caller: Caller, found: list[tuple[datetime, Spent]], today: datetime
) -> Chart:
    return charts.stacked(
        [
            [("prompt", spent.requests - spent.failures), ("upstream", spent.failures)]
            for _, spent in found
        ],
        [
            f"{_name(day, today)}: {count(spent.requests)} requests,"
            f" {count(spent.failures)} failed"
            for day, spent in found
        ],
        _labels(found, today),
        count,
        TALL,
        [_link(caller, day) for day, _ in found],
    )


def _labels(found: list[tuple[datetime, Spent]], today: datetime) -> list[str]:
    return [
        f"{day.day} {day:%b}" if (today - day).days % LABEL_EVERY == 0 else ""
        for day, _ in found
    ]


def _row(
    caller: Caller, day: datetime, spent: Spent, today: datetime
) -> tuple[str, str, list[str]]:
    return _name(day, today), _link(caller, day), _figures(spent)


def _models(
    caller: Caller, by_model: dict[str, Spent], since: datetime, until: datetime
) -> list[tuple[str, str, list[str]]]:
    dearest = sorted(by_model.items(), key=lambda one: (-one[1].usd, one[0]))
    found = []
    for model, spent in dearest:
        filters: dict[str, Any] = {"answered_model": model or None, **caller.filters}
        link = links.rows(since, until, **filters)
        name = visible(model) or "no model answered"
        found.append((name, link, _figures(spent)))
    return found


def _figures(spent: Spent) -> list[str]:
    cost = told(spent)
    return [count(spent.requests), count(spent.failures), tokens(spent), cost]


def told(spent: Spent) -> str:
    """What is known, and what is estimated beside it."""
    guess = f" + {about(spent.estimated_usd)}" if spent.estimated_usd else ""
    return f"{dollars(spent.cost_usd)}{guess}"


def _link(caller: Caller, day: datetime) -> str:
    return links.rows(day, day + DAY, **caller.filters)


def _name(day: datetime, today: datetime) -> str:
    return f"{day:%a} {day.day} {day:%b}{' (so far)' if day == today else ''}"
