"""The page of a client: what it costs, what it may, and its keys."""

import json
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest
from django.http.response import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from chat.access.clients import MOST_VALID_KEYS
from chat.access.figures import TOTALS, Lately, Spent, last_used, month_of, of_clients
from chat.access.public_keys import NotPublicKeys, read_public_keys
from chat.admin import refusals
from chat.admin.amounts import count, dollars
from chat.admin.clients import columns, days, limits
from chat.admin.clients.form import kid_of
from chat.admin.overview.tiles import Tile
from chat.admin.visible import visible
from chat.models import Client, Period, Scope, Spending

USERS = 10
NOBODY = "(no user_id)"
REFUSED_SINCE = timedelta(days=29)
TEMPLATE = "admin/chat/client/page.html"


def client_page(
    admin: "ModelAdmin[Client]", request: HttpRequest, client: Client
) -> HttpResponse:
    now = timezone.now()
    today = now.date()
    spent = of_clients([client.pk], today)[client.pk]
    keys = list(client.keys.all())
    valid = [key for key in keys if key.revoked_at is None]
    may_change = admin.has_change_permission(request, client)
    context = {
        **admin.admin_site.each_context(request),
        "title": "Client",
        "opts": admin.opts,
        "media": admin.media,
        "client": client,
        "name": visible(client.name),
        "notes": visible(client.notes),
        "state": columns.state(client),
        "is_expired": client.expires_at is not None and client.expires_at <= now,
        "may_change": may_change,
        "may_make_key": may_change and not client.revoked_at,
        "has_room": len(valid) < MOST_VALID_KEYS,
        "requests_link": _requests_link(request, client),
        "tiles": _tiles(client, spent, today),
        "gauges": limits.gauges_of(client, spent, now),
        "rules": limits.rules_of(client),
        "keys": keys,
        "days": days.days_of(client, today),
        "users": _users(request, client, today),
        "refusals": refusals.by_reason(today - REFUSED_SINCE, client_id=client.pk),
        "refused_since": today - REFUSED_SINCE,
        **_tokens(client),
    }
    return TemplateResponse(request, TEMPLATE, context)


def _tiles(client: Client, spent: Lately, today: date) -> list[Tile]:
    return [
        _tile("Today", spent.today),
        _tile("This month", spent.month),
        _tile("All time", _all_time(client, today)),
        Tile("Last used", [(columns.ago(last_used(client)), "")], ""),
    ]


def _tile(name: str, spent: Spent) -> Tile:
    estimated = ""
    if spent.estimated_usd:
        estimated = f"; {dollars(spent.estimated_usd)} of it estimated"
    note = (
        f"{count(spent.prompt_tokens)} tokens in,"
        f" {count(spent.completion_tokens)} out{estimated}"
    )
    requests = "request" if spent.requests == 1 else "requests"
    return Tile(
        name,
        [(dollars(spent.charged_usd), ""), (count(spent.requests), requests)],
        note,
    )


def _all_time(client: Client, today: date) -> Spent:
    """Of every month that it was there, by name: for the index."""
    month, months = month_of(client.created_at.date()), []
    while month <= today:
        months.append(month)
        month = month_of(month + timedelta(days=31))
    sums = Spending.objects.filter(
        start__in=months, period=Period.MONTH, scope=Scope.CLIENT, client_id=client.pk
    )
    return Spent.total(sums.aggregate(**TOTALS))


def _users(
    request: HttpRequest, client: Client, today: date
) -> list[tuple[str, str, str, str]]:
    """Those that cost most this month: name, link to their requests, requests, cost."""
    dearest = Spending.objects.filter(
        start=month_of(today),
        period=Period.MONTH,
        scope=Scope.USER,
        client_id=client.pk,
    ).order_by("-charged_usd", "-requests", "user_id")
    link = _requests_link(request, client)
    return [
        (
            visible(sums.user_id) or NOBODY,
            link and sums.user_id and f"{link}&{urlencode({'user_id': sums.user_id})}",
            count(sums.requests),
            dollars(sums.charged_usd),
        )
        for sums in dearest[:USERS]
    ]


def _requests_link(request: HttpRequest, client: Client) -> str:
    if not request.user.has_perm("chat.view_requestlog"):
        return ""
    return f"{reverse('admin:chat_requestlog_changelist')}?client={client.pk}"


def _tokens(client: Client) -> dict[str, Any]:
    try:
        public_keys = len(read_public_keys(client.public_keys))
    except NotPublicKeys:  # of another version
        public_keys = 0
    return {
        "public_keys": public_keys,
        "kid": kid_of(client),
        "audience": json.dumps(settings.CHAT_TOKEN_AUDIENCE, ensure_ascii=False),
    }
