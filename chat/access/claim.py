"""What a request takes of the things that are limited.

Money is an int of millionths of a US dollar (µUSD) everywhere here.
"""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from chat.requestlog.sums import Sum

SECONDS_OF_A_RATE = 60


class What(StrEnum):
    """The kinds of limits."""

    RATE = "rate"  # requests in the last minute
    OPEN_AT_ONCE = "open_at_once"
    BUDGET = "budget"


class Claim(Struct, frozen=True):
    """So much of something, of which there is a limit.

    `key` says whose it is: "open", "service", "client:3", `user_key(3, "ann")`. Claims
    with one `name` take of the same. `sum` is there for a budget. They are made by
    `place`, `turn` and `money`.
    """

    what: What
    key: str
    name: str
    amount: int
    limit: int
    sum: Sum | None = None


class Short(Struct, frozen=True):
    """The claim that did not fit.

    `used` is what is taken without it. `is_settled`: what has been spent leaves no room
    for this claim, whatever open requests come to; else only they, or the last minute's
    requests, stand in the way. `resets`: when a budget is new, or when a place in the
    minute is free; None for places, which are free as soon as a request ends.
    """

    claim: Claim
    used: int
    is_settled: bool
    resets: datetime | None


class Quota(Struct, frozen=True):
    """How a rate stands, this request counted if it was let in.

    `reset_seconds`: until one more than `remaining` may come.
    """

    allowed: bool
    limit: int
    remaining: int
    reset_seconds: float


class Held(Struct, frozen=True):
    """`short` is None if all was taken; else nothing was.

    `quotas` has one for each claim of a rate, in their order.
    """

    short: Short | None
    quotas: tuple[Quota, ...] = ()


class Use(Struct, frozen=True):
    """What is taken now of what a claim names.

    `held`: by open requests, and by those whose cost the database does not have yet; of
    a rate the last minute's. `spent`: by the database; None if there is no such thing.
    """

    held: int
    spent: int | None = None


def place(key: str, limit: int) -> Claim:
    """One of `limit` requests of `key` that may be open at once."""
    return Claim(What.OPEN_AT_ONCE, key, f"open:{key}", 1, limit)


def turn(key: str, per_minute: int) -> Claim:
    """One of `per_minute` requests of `key` in any 60 seconds."""
    return Claim(What.RATE, key, f"rate:{key}", 1, per_minute)


def money(key: str, amount: int, limit: int, of: Sum) -> Claim:
    """`amount` of the budget `limit`, of which what the sum `of` has is spent."""
    return Claim(What.BUDGET, key, of.name, amount, limit, of)
