"""What the overview says of clients, budgets and refusals.

Sums of what was spent are kept by day: a period that is shorter has its whole days.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.urls import reverse

from chat.access.figures import NOTHING, Lately, Spent, grouped, of_clients, of_scope
from chat.admin import gauges, refusals
from chat.admin.amounts import budget, count, dollars
from chat.admin.gauges import FINE, NEAR, SPENT, Gauge
from chat.admin.overview import charts
from chat.admin.visible import visible
from chat.models import Client, Period, Scope, Spending

CLIENTS = 8
GAUGES = 20
OTHERS = "other clients"
NO_CLIENT = "without a client"

Notice = tuple[str, str]
"""Its kind, as of a gauge, and what it says."""


def access(since: datetime, now: datetime, sees_clients: bool) -> dict[str, Any]:
    """Everything that the template says; of clients for those who may see them."""
    today = now.date()
    of_the_open = of_scope(Scope.OPEN, today)
    return {
        "notices": _notices(of_the_open),
        "gauges": _gauges(of_the_open, today, sees_clients),
        "clients": _clients(since.date(), today) if sees_clients else [],
        "refusals": refusals.by_reason(since.date()),
        "since": since.date(),
    }


def _notices(of_the_open: Lately) -> list[Notice]:
    if settings.CHAT_ACCESS == "open":
        who = "CHAT_ACCESS=open: who can reach the service may ask, without a key."
    elif settings.CHAT_PAGE == "all":
        who = "CHAT_PAGE=all: who can reach the page may ask, without a key."
    else:
        return []
    limit = _setting("CHAT_OPEN_BUDGET_USD_PER_DAY")
    used = of_the_open.today.charged_usd
    if limit is None:
        return [(NEAR, f"{who} They have no budget (CHAT_OPEN_BUDGET_USD_PER_DAY=0).")]
    kind = gauges.kind_of(used, limit)
    if kind == SPENT:
        spent = f"Today’s {budget(limit)} for them are spent"
        return [(kind, f"{who} {spent}: they get no answer until midnight, UTC.")]
    left = dollars(limit - used)
    return [(kind, f"{who} Of today’s {budget(limit)} for them {left} are left.")]


def _gauges(of_the_open: Lately, today: date, sees_clients: bool) -> list[Gauge]:
    """The service's budgets, and those of clients that are nearly spent."""
    found = []
    if settings.CHAT_ACCESS == "open" or settings.CHAT_PAGE == "all":
        found.append(
            (
                "Without a key, today",
                of_the_open.today,
                _setting("CHAT_OPEN_BUDGET_USD_PER_DAY"),
            )
        )
    day = _setting("CHAT_BUDGET_USD_PER_DAY")
    month = _setting("CHAT_BUDGET_USD_PER_MONTH")
    if day or month:
        of_all = of_scope(Scope.SERVICE, today)
        found.append(("All requests, today", of_all.today, day))
        found.append(("All requests, this month", of_all.month, month))
    shown = [
        gauges.of_budget(name, spent.charged_usd, limit)
        for name, spent, limit in found
        if limit is not None
    ]
    return shown + (_nearly_spent(today) if sees_clients else [])


def _nearly_spent(today: date) -> list[Gauge]:
    has_budget = Q(budget_usd_per_day__isnull=False)
    has_budget |= Q(budget_usd_per_month__isnull=False)
    clients = list(Client.objects.filter(has_budget, revoked_at=None))
    spent = of_clients([client.pk for client in clients], today)
    found = []
    for client in clients:
        for words, sums, limit in (
            ("today", spent[client.pk].today, client.budget_usd_per_day),
            ("this month", spent[client.pk].month, client.budget_usd_per_month),
        ):
            if limit is not None:
                name, link = f"{visible(client.name)}, {words}", _page_of(client.pk)
                gauge = gauges.of_budget(name, sums.charged_usd, limit, link=link)
                if gauge.kind != FINE:
                    found.append(gauge)
    return sorted(found, key=lambda gauge: gauge.kind != SPENT)[:GAUGES]


def _clients(since: date, today: date) -> list[dict[str, Any]]:
    """The dearest clients of these days, all others, and what had no client.

    Two queries, and one for the names; nothing where no client has asked.
    """
    days = [since + timedelta(days=n) for n in range((today - since).days + 1)]
    sums = Spending.objects.filter(start__in=days, period=Period.DAY)
    both = grouped(sums.filter(scope__in=[Scope.SERVICE, Scope.CLIENT]), "scope")
    by_scope = {row["scope"]: Spent.total(row) for row in both}
    of_all = by_scope.get(Scope.SERVICE, NOTHING)
    of_all_clients = by_scope.get(Scope.CLIENT, NOTHING)
    if not of_all_clients.requests:
        return []
    dearest = grouped(sums.filter(scope=Scope.CLIENT), "client_id").order_by(
        "-total_charged_usd", "-total_requests", "client_id"
    )
    found = {row["client_id"]: Spent.total(row) for row in dearest[:CLIENTS]}
    names = dict(Client.objects.filter(pk__in=found).values_list("pk", "name"))
    rows = [
        (visible(names.get(pk, f"client {pk}")), _page_of(pk), spent)
        for pk, spent in found.items()
    ]
    shown = sum((spent for spent in found.values()), NOTHING)
    rows.append((OTHERS, "", of_all_clients - shown))
    rows.append((NO_CLIENT, "", of_all - of_all_clients))
    rows = [row for row in rows if row[2].requests > 0]
    most = max((float(spent.charged_usd) for *_, spent in rows), default=0) or 1.0
    return [_row(name, link, spent, most) for name, link, spent in rows]


def _row(name: str, link: str, spent: Spent, most: float) -> dict[str, Any]:
    known = spent.charged_usd - spent.estimated_usd
    return {
        "name": name,
        "link": link,
        "requests": count(spent.requests),
        "cost": dollars(spent.charged_usd),
        "estimated": dollars(spent.estimated_usd) if spent.estimated_usd else "",
        "bar": charts.side_by_side(
            [("cost", float(known)), ("estimated", float(spent.estimated_usd))], most
        ),
    }


def _page_of(pk: int) -> str:
    return reverse("admin:chat_client_page", args=[pk])


def _setting(name: str) -> Decimal | None:
    """Of a budget of the service's; 0 is none."""
    value = getattr(settings, name)
    return Decimal(str(value)) if value else None
