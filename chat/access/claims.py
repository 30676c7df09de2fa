"""What a request takes, by who asks: the limits and budgets that it counts against."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import lru_cache

from django.conf import settings

from chat.access.asker import Asker
from chat.access.claim import Claim, money, place, turn
from chat.access.terms import Limits, millionths
from chat.address import group_of
from chat.models.request_log import Admitted
from chat.requestlog.sums import Sum, sum_of, user_key

MOST_KEPT = 4096


def list_claims(
    asker: Asker, user_id: str, address: str | None, cost: int
) -> Sequence[Claim]:
    """Return what a request takes that may cost so many millionths of a dollar."""
    day = datetime.now(UTC).date()
    claims: list[Claim] = []
    if terms := asker.terms:
        number = terms.client_id
        _add(claims, terms.own, cost, day, "client", number)
        _add(claims, terms.each_user, cost, day, "user", number, user_id)
    elif asker.by is Admitted.OPEN:
        own = _budgets(settings.CHAT_OPEN_BUDGET_USD_PER_DAY, 0)
        _add(claims, own, cost, day, "open")
        if often := settings.CHAT_OPEN_REQUESTS_PER_MINUTE:
            claims.append(turn(f"address:{group_of(address)}", often))
    per_day, per_month = (
        settings.CHAT_BUDGET_USD_PER_DAY,
        settings.CHAT_BUDGET_USD_PER_MONTH,
    )
    if per_day or per_month:
        _add(claims, _budgets(per_day, per_month), cost, day, "service")
    return claims


def _add(
    claims: list[Claim],
    limits: Limits,
    cost: int,
    day: date,
    scope: str,
    client_id: int = 0,
    user_id: str = "",
) -> None:
    if limits == UNLIMITED:
        return
    key, today, this_month = _whose(day, scope, client_id, user_id)
    if limits.requests_per_minute is not None:
        claims.append(_turn(key, limits.requests_per_minute))
    if limits.open_at_once is not None:
        claims.append(_place(key, limits.open_at_once))
    if limits.per_day is not None:
        claims.append(money(key, cost, limits.per_day, today))
    if limits.per_month is not None:
        claims.append(money(key, cost, limits.per_month, this_month))


# What was worked out for one request is so for the next of the same day.
_place = lru_cache(MOST_KEPT)(place)
_turn = lru_cache(MOST_KEPT)(turn)


@lru_cache(MOST_KEPT)
def _whose(day: date, scope: str, client_id: int, user_id: str) -> tuple[str, Sum, Sum]:
    """Return the key of a scope, and its sums of the day and of the month."""
    key = scope
    if scope == "user":
        key = user_key(client_id, user_id)
    elif client_id:
        key = f"{scope}:{client_id}"
    today = sum_of("day", day, scope, client_id, user_id)
    return key, today, sum_of("month", day.replace(day=1), scope, client_id, user_id)


@lru_cache(MOST_KEPT)
def _budgets(per_day: float, per_month: float) -> Limits:
    """Return those of the settings, of which 0 is none."""
    return Limits(
        per_day=millionths(per_day) or None, per_month=millionths(per_month) or None
    )


UNLIMITED = Limits()
