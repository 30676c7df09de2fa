"""How many requests a filter has, and what they came to: counted when asked for."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum

from chat.admin import amounts
from chat.admin.list.narrowing import Requests
from chat.admin.list.paging import horizon_of
from chat.admin.verdict import FAILING
from chat.ending import PARTLY, Ending
from chat.models.request_log import WhoseChoices

# It takes about as long as to read so many rows: a second or so.
LOOKED_AT = 100_000
# An older version did not note whose.
UNKNOWN_WHOSE = "not noted whose"


@dataclass(frozen=True)
class Totals:
    """`looked_at` is None where all there are were counted."""

    requests: str
    prompt: str
    completion: str
    cost: str
    priced: str
    partly: str
    failures: str
    by_whose: list[tuple[str, str]]
    looked_at: int | None


def totals(requests: Requests, led: Requests) -> Totals:
    """Count the newest of `requests`, which are those of `led` that pass the tests."""
    horizon = horizon_of(led, LOOKED_AT)
    if horizon:
        requests = requests.filter(horizon.newer())
    sums = requests.order_by().aggregate(
        requests=Count("pk"),
        prompt=Sum("prompt_tokens"),
        completion=Sum("completion_tokens"),
        cost=Sum("cost_usd"),
        priced=Count("cost_usd"),
        partly=Count("pk", filter=Q(ending=Ending.COMPLETED, answer__in=PARTLY)),
        unknown=Count("pk", filter=Q(whose=None, ending__in=sorted(FAILING))),
        **{whose: Count("pk", filter=Q(whose=whose)) for whose in WhoseChoices.values},
    )
    return _in_words(sums, LOOKED_AT if horizon else None)


def _in_words(sums: dict[str, Any], looked_at: int | None) -> Totals:
    named = [(str(words), sums[whose]) for whose, words in WhoseChoices.choices]
    named.append((UNKNOWN_WHOSE, sums["unknown"]))
    return Totals(
        requests=f"{sums['requests']:,}",
        prompt=amounts.count(sums["prompt"]),
        completion=amounts.count(sums["completion"]),
        cost=amounts.dollars(None if sums["cost"] is None else Decimal(sums["cost"])),
        priced=f"{sums['priced']:,}",
        partly=f"{sums['partly']:,}",
        failures=f"{sum(number for _, number in named):,}",
        by_whose=[(words, f"{number:,}") for words, number in named if number],
        looked_at=looked_at,
    )
