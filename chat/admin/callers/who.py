"""Who costs what: the dearest callers of a period, beside the period before."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from chat.admin.amounts import change, count, dollars
from chat.admin.callers.caller import Caller, names_of
from chat.admin.callers.spent import NOTHING, Spent, dearest, of_all, of_each
from chat.admin.callers.window import Window
from chat.admin.overview import charts, links
from chat.admin.overview.charts import Part
from chat.admin.overview.period import Period
from chat.admin.overview.tiles import about
from chat.models import CallerKind

TITLES = {
    CallerKind.CLIENT: "Clients",
    CallerKind.USER: "Users",
    CallerKind.ADDRESS: "Addresses",
}
ONE = {
    CallerKind.CLIENT: "Client",
    CallerKind.USER: "user_id",
    CallerKind.ADDRESS: "Address",
}
OTHERS = "all others"
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Line:
    """A caller in words; `rose` says which way the cost went."""

    name: str
    by: str
    page: str
    requests: str
    rows: str
    failures: str
    failed_rows: str
    tokens: str
    cost: str
    estimated: str
    change: str
    rose: str
    bar: list[Part]


@dataclass(frozen=True)
class Who:
    """The callers of one kind, dearest first, then all others together."""

    one: str
    title: str
    since: datetime
    until: datetime
    lines: list[Line] = field(default_factory=list)


def who(period: Period, now: datetime, most: int, sees_clients: bool) -> list[Who]:
    """Three or four queries a kind, however many callers there were."""
    window, before = windows(period, now)
    kinds = [kind for kind in CallerKind if sees_clients or kind != CallerKind.CLIENT]
    found = [_who(kind, window, before, most, sees_clients) for kind in kinds]
    return [one for one in found if one.lines]


def windows(period: Period, now: datetime) -> tuple[Window, Window]:
    """What has passed of the period, and as much of the one before."""
    then = period.then(now)
    return (
        Window.around(period.since, period.until, now),
        Window.around(period.before, max(then, period.before + _HOUR), now),
    )


def _who(
    kind: CallerKind, window: Window, before: Window, most: int, sees_clients: bool
) -> Who:
    found = dearest(kind, window, most)
    callers = [caller for caller, _ in found]
    if not any(caller.page for caller in callers):
        return Who(ONE[kind], TITLES[kind], window.since, window.until)
    clients = names_of(callers) if sees_clients else {}
    earlier = of_each(callers, before)
    highest = max((spent.usd for _, spent in found), default=Decimal(0)) or Decimal(1)
    lines = [
        line(caller, spent, earlier[caller], clients, window, highest)
        for caller, spent in found
    ]
    if len(found) == most:
        shown = sum((spent for _, spent in found), NOTHING)
        others = of_all(kind, window) - shown
        if others.requests > 0:
            lines.append(_others(others))
    return Who(ONE[kind], TITLES[kind], window.since, window.until, lines)


def line(
    caller: Caller,
    spent: Spent,
    earlier: Spent,
    clients: dict[int, str],
    window: Window,
    highest: Decimal,
) -> Line:
    since, until = window.since, window.until
    return Line(
        name=caller.name(clients),
        by=caller.by(clients),
        page=caller.page,
        requests=count(spent.requests),
        rows=links.rows(since, until, **caller.filters),
        failures=count(spent.failures),
        failed_rows=links.rows(since, until, **links.FAILED, **caller.filters),
        tokens=tokens(spent),
        cost=dollars(spent.cost_usd),
        estimated=about(spent.estimated_usd) if spent.estimated_usd else "",
        change=change(spent.usd, earlier.usd),
        rose=_rose(spent.usd, earlier.usd),
        bar=charts.side_by_side(
            [
                ("cost", float(spent.cost_usd)),
                ("estimated", float(spent.estimated_usd)),
            ],
            float(highest),
        ),
    )


def _others(spent: Spent) -> Line:
    return Line(
        name=OTHERS, by="", page="", requests=count(spent.requests), rows="",
        failures=count(spent.failures), failed_rows="", tokens=tokens(spent),
        cost=dollars(spent.cost_usd),
        estimated=about(spent.estimated_usd) if spent.estimated_usd else "",
        change="", rose="", bar=[],
    )  # fmt: skip


def tokens(spent: Spent) -> str:
    return f"{count(spent.prompt_tokens)} in, {count(spent.completion_tokens)} out"


def _rose(now: Decimal, then: Decimal) -> str:
    if now > 2 * then or (not then and now):
        return "much"
    return "more" if now > then else "less"
