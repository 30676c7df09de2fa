"""Requests that were turned away at the door: how many, and why."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Max, QuerySet, Sum

from chat.admin.amounts import count
from chat.admin.visible import visible
from chat.models import RefusalTally

MOST = 20
# What counts them names reasons in one word each; one that is new is shown as it is.
WORDS = {
    "unauthenticated": "no valid key",
    "not_allowed": "not allowed",
    "rate_limited": "too many requests",
    "budget_spent": "budget spent",
    "access_unknown": "clients not read yet",
}


@dataclass(frozen=True)
class Refusals:
    reason: str
    requests: str
    last_at: datetime


def by_reason(since: date, **which: Any) -> list[Refusals]:
    """Since a day (UTC), the commonest reason first: one query."""
    tallies = RefusalTally.objects.filter(day__gte=since, **which)
    return [
        Refusals(
            visible(WORDS.get(row["reason"], row["reason"].replace("_", " "))),
            count(row["sum"]),
            row["last"],
        )
        for row in _grouped(tallies)[:MOST]
    ]


def _grouped(tallies: QuerySet[RefusalTally]) -> Any:
    grouped = tallies.values("reason").annotate(
        sum=Sum("requests"), last=Max("last_at")
    )
    return grouped.order_by("-sum", "reason")
