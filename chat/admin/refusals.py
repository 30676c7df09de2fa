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
    "no_key": "no key",
    "wrong_key": "a wrong key",
    "wrong_keys": "too many wrong keys",
    "wrong_token": "a token that does not hold",
    "revoked": "a revoked key",
    "expired": "an expired client",
    "access_unknown": "clients not read yet",
    "model": "a model that it may not use",
    "unpriced_model": "a model without a known price",
    "max_tokens": "too long an answer",
    "requests_per_minute": "too many requests a minute",
    "open_at_once": "too many open at once",
    "budget_reserved": "the budget’s rest set aside",
    "budget_spent": "budget spent",
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
