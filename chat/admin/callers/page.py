"""The page of one caller."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from chat.admin.amounts import UNKNOWN, change, count, dollars, share
from chat.admin.callers.caller import Caller, names_of
from chat.admin.callers.days import days_of
from chat.admin.callers.latest import latest
from chat.admin.callers.spent import Spent
from chat.admin.overview import links
from chat.admin.overview.tiles import Tile, about
from chat.models import CallerKind


def page(caller: Caller, request: HttpRequest, now: datetime) -> dict[str, Any]:
    """Everything that the template says."""
    sees_clients = request.user.has_perm("chat.view_client")
    clients = names_of([caller]) if sees_clients else {}
    days = days_of(caller, now)
    all_rows = links.all_rows(**caller.filters)
    return {
        "caller": caller,
        "kind": CallerKind(caller.kind).label,
        "name": caller.name(clients),
        "by": caller.by(clients),
        "client_link": _client_page(caller) if sees_clients else "",
        "rows_link": all_rows,
        "tiles": _tiles(days.total, days.week, days.week_before, caller),
        "days": days,
        "latest": latest(caller, request.user.has_perm("chat.view_requesttext")),
    }


def _tiles(total: Spent, week: Spent, before: Spent, caller: Caller) -> list[Tile]:
    failed = links.all_rows(**links.FAILED, **caller.filters)
    rate = share(total.failures, total.requests)
    rows = links.all_rows(**caller.filters)
    return [
        Tile("Requests", [(count(total.requests), "")], "in 30 days", rows),
        Tile("Failures", [(count(total.failures), "")], f"{rate} of them", failed),
        Tile("Tokens", _tokens(total), "in 30 days"),
        Tile("Cost", _cost(total), "in 30 days"),
        Tile(
            "Last 7 days",
            [(dollars(week.usd), "")],
            f"{change(week.usd, before.usd)} beside the 7 days before"
            if week.usd or before.usd
            else UNKNOWN,
        ),
    ]


def _tokens(spent: Spent) -> list[tuple[str, str]]:
    both = (spent.prompt_tokens, "in"), (spent.completion_tokens, "out")
    return [(count(number), words) for number, words in both]


def _cost(spent: Spent) -> list[tuple[str, str]]:
    guess = [(about(spent.estimated_usd), "estimated")] if spent.estimated_usd else []
    return [(dollars(spent.cost_usd), ""), *guess]


def _client_page(caller: Caller) -> str:
    if not caller.client_id:
        return ""
    return reverse("admin:chat_client_page", args=[caller.client_id])
