"""What a request takes, by who asks: the limits and budgets that it counts against."""

from collections.abc import Sequence
from datetime import UTC, datetime

from django.conf import settings

from chat.access.asker import Asker
from chat.access.claim import Claim, money, place, turn
from chat.access.terms import Limits, millionths
from chat.address import group_of
from chat.models.request_log import Admitted
from chat.requestlog.sums import Sum, start_of, sum_of, user_key


def list_claims(
    asker: Asker, user_id: str, address: str | None, cost: int
) -> Sequence[Claim]:
    """Return what a request takes that may cost so many millionths of a dollar."""
    day = start_of("day", datetime.now(UTC))
    month = day.replace(day=1)
    claims = []
    if terms := asker.terms:
        number = terms.client_id
        claims += _of_limits(
            terms.own,
            f"client:{number}",
            cost,
            sum_of("day", day, "client", number),
            sum_of("month", month, "client", number),
        )
        claims += _of_limits(
            terms.each_user,
            user_key(number, user_id),
            cost,
            sum_of("day", day, "user", number, user_id),
            sum_of("month", month, "user", number, user_id),
        )
    elif asker.by is Admitted.OPEN:
        own = Limits(per_day=_setting("CHAT_OPEN_BUDGET_USD_PER_DAY"))
        today = sum_of("day", day, "open")
        claims += _of_limits(own, "open", cost, today, today)
        if often := settings.CHAT_OPEN_REQUESTS_PER_MINUTE:
            claims.append(turn(f"address:{group_of(address)}", often))
    whole = Limits(
        per_day=_setting("CHAT_BUDGET_USD_PER_DAY"),
        per_month=_setting("CHAT_BUDGET_USD_PER_MONTH"),
    )
    today, this_month = sum_of("day", day, "service"), sum_of("month", month, "service")
    return [*claims, *_of_limits(whole, "service", cost, today, this_month)]


def _of_limits(
    limits: Limits, key: str, cost: int, today: Sum, this_month: Sum
) -> list[Claim]:
    claims = []
    if limits.requests_per_minute is not None:
        claims.append(turn(key, limits.requests_per_minute))
    if limits.open_at_once is not None:
        claims.append(place(key, limits.open_at_once))
    if limits.per_day is not None:
        claims.append(money(key, cost, limits.per_day, today))
    if limits.per_month is not None:
        claims.append(money(key, cost, limits.per_month, this_month))
    return claims


def _setting(name: str) -> int | None:
    return millionths(getattr(settings, name)) or None
