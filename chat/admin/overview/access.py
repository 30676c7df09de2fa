"""What the overview says of budgets, and of whom nobody let in."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.urls import reverse

from chat.access.figures import Lately, of_clients, of_scope
from chat.admin import gauges, refusals
from chat.admin.amounts import budget, dollars
from chat.admin.gauges import FINE, NEAR, SPENT, Gauge
from chat.admin.visible import visible
from chat.models import Client, Scope

GAUGES = 20

Notice = tuple[str, str]
"""Its kind, as of a gauge, and what it says."""


def access(since: datetime, now: datetime, sees_clients: bool) -> dict[str, Any]:
    """Everything that the template says; of clients for those who may see them."""
    today = now.date()
    of_the_open = of_scope(Scope.OPEN, today)
    return {
        "notices": _notices(of_the_open),
        "gauges": _gauges(of_the_open, today, sees_clients),
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


def _page_of(pk: int) -> str:
    return reverse("admin:chat_client_page", args=[pk])


def _setting(name: str) -> Decimal | None:
    """Of a budget of the service's; 0 is none."""
    value = getattr(settings, name)
    return Decimal(str(value)) if value else None
