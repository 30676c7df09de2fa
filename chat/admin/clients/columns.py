"""The columns of the list of clients."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import DecimalField, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from chat.access.figures import month_of
from chat.access.states import state_of
from chat.admin.amounts import UNKNOWN, count, dollars, elapsed
from chat.admin.time_zone import in_utc
from chat.admin.visible import visible
from chat.models import Client, Period, RequestLog, Scope, Spending

Clients = QuerySet[Client]


def annotated(clients: Clients, now: datetime) -> Clients:
    """With what is shown of each: one query for all, a look in an index for each."""
    today = now.date()
    newest = RequestLog.objects.filter(client=OuterRef("pk")).order_by("-created_at")
    return clients.prefetch_related("keys").annotate(
        today_usd=_spent(Period.DAY, today, "charged_usd"),
        today_requests=_spent(Period.DAY, today, "requests"),
        month_usd=_spent(Period.MONTH, month_of(today), "charged_usd"),
        month_requests=_spent(Period.MONTH, month_of(today), "requests"),
        last_asked=Subquery(newest.values("created_at")[:1]),
    )


def _spent(period: Period, start: Any, name: str) -> Coalesce:
    sums = Spending.objects.filter(
        start=start, period=period, scope=Scope.CLIENT, client_id=OuterRef("pk")
    )
    kind: Any = (
        IntegerField()
        if name == "requests"
        else DecimalField(max_digits=16, decimal_places=6)
    )
    return Coalesce(Subquery(sums.values(name)[:1]), 0, output_field=kind)


@admin.display(description="client", ordering="name")
def name(client: Client) -> SafeString:
    url = reverse("admin:chat_client_page", args=[client.pk])
    return format_html('<a href="{}"><bdi>{}</bdi></a>', url, visible(client.name))


@admin.display(description="state")
def state(client: Client) -> SafeString:
    found = state_of(client, timezone.now())
    return format_html('<span class="state {}">{}</span>', found.value, found.label)


@admin.display(description="keys")
def keys(client: Client) -> SafeString:
    """The beginnings of those that are valid."""
    valid = [(str(key),) for key in client.keys.all() if key.revoked_at is None]
    return format_html_join(" ", "<code>{}</code>", valid) or SafeString(UNKNOWN)


@admin.display(description="cost today", ordering="today_usd")
def today_usd(client: Any) -> str:
    return dollars(client.today_usd)


@admin.display(description="requests today", ordering="today_requests")
def today_requests(client: Any) -> str:
    return count(client.today_requests)


@admin.display(description="cost this month", ordering="month_usd")
def month_usd(client: Any) -> str:
    return dollars(client.month_usd)


@admin.display(description="requests this month", ordering="month_requests")
def month_requests(client: Any) -> str:
    return count(client.month_requests)


@admin.display(description="last used", ordering="last_asked")
def last_used(client: Any) -> SafeString:
    """A key says so too where requests have no rows, or none any more."""
    times = [client.last_asked, *(key.last_used_at for key in client.keys.all())]
    return ago(max(filter(None, times), default=None))


def ago(at: datetime | None) -> SafeString:
    if at is None:
        return SafeString("never")
    return format_html(
        '<time datetime="{}" title="{}">{} ago</time>',
        at.isoformat(),
        in_utc(at),
        _since(at),
    )


def _since(at: datetime) -> str:
    since = timezone.now() - at
    return elapsed(since) if since.days < 2 else f"{since.days:,} days"


COLUMNS: list[Any] = [
    *(name, state, keys, today_usd, today_requests, month_usd, month_requests),
    last_used,
]
