"""The limits of a client, with what is used of them now."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum

from chat.access.figures import Lately
from chat.admin import gauges
from chat.admin.amounts import budget
from chat.admin.gauges import Gauge
from chat.admin.visible import visible
from chat.models import Client, RequestLog


@dataclass(frozen=True)
class Open:
    """What runs at this moment, and the most that it may cost."""

    requests: int
    reserved_usd: Decimal


def open_of(client: Client) -> Open:
    found = RequestLog.objects.filter(ending=None, client=client).aggregate(
        requests=Count("pk"), reserved=Sum("reserved_usd")
    )
    return Open(found["requests"], found["reserved"] or Decimal(0))


def gauges_of(client: Client, spent: Lately, now: datetime) -> list[Gauge]:
    """A bar for each limit that the client has as a whole."""
    open_now = open_of(client)
    shown = [
        gauges.of_budget(name, sums.charged_usd, limit, open_now.reserved_usd)
        for name, sums, limit in (
            ("Budget of today", spent.today, client.budget_usd_per_day),
            ("Budget of this month", spent.month, client.budget_usd_per_month),
        )
        if limit is not None
    ]
    if limit := client.requests_per_minute:
        asked = RequestLog.objects.filter(
            client=client, created_at__gt=now - timedelta(minutes=1)
        )
        shown.append(gauges.of_number("Requests in a minute", asked.count(), limit))
    if limit := client.open_at_once:
        shown.append(gauges.of_number("Open at once", open_now.requests, limit))
    return shown


def rules_of(client: Client) -> list[tuple[str, Any]]:
    """What it may, where nothing is used up by it."""
    models = visible(client.allowed_models).split("\n")
    users = [
        (client.user_requests_per_minute, "{:,} requests a minute"),
        (client.user_open_at_once, "{:,} open at once"),
        (client.user_budget_usd_per_day, "{} a day"),
        (client.user_budget_usd_per_month, "{} a month"),
    ]
    of_each = [
        words.format(budget(limit) if isinstance(limit, Decimal) else limit)
        for limit, words in users
        if limit is not None
    ]
    unpriced = "refused" if client.refuses_unpriced else "charged at the dearest price"
    return [
        ("Models", ", ".join(models) if client.allowed_models else "every model"),
        ("Tokens of an answer", _most(client.max_tokens)),
        ("Without a known price", unpriced),
        ("Each of its users", ", ".join(of_each) or "no limit of their own"),
    ]


def _most(limit: int | None) -> str:
    return "no limit of its own" if limit is None else f"at most {limit:,}"
