"""What a request takes of the things that are limited.

Money is an int of millionths of a US dollar (µUSD) everywhere here.
"""

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from hashlib import blake2b

from msgspec import Struct

from chat.models.spending import Period, Scope

SECONDS_OF_A_RATE = 60


class What(StrEnum):
    """The kinds of limits."""

    RATE = "rate"  # requests in the last minute
    OPEN_AT_ONCE = "open_at_once"
    BUDGET = "budget"


class Sum(Struct, frozen=True, dict=True):
    """A row of models.Spending: what the requests of one scope cost in a period.

    `start` is the first day of the period, UTC. One that is kept does not work out its
    name again.
    """

    period: Period
    start: date
    scope: Scope
    client_id: int = 0
    user_id: str = ""

    @cached_property
    def name(self) -> str:
        """The same in every process, and without the user's id."""
        whose = f"{self.scope.value}:{self.client_id}"
        if self.user_id:
            whose = user_key(self.client_id, self.user_id)
        return f"{self.period.value}:{self.start}:{whose}"

    @cached_property
    def resets(self) -> datetime:
        """When the next period begins, UTC."""
        day = self.start + timedelta(days=1)
        while self.period == Period.MONTH and day.month == self.start.month:
            day += timedelta(days=1)
        return datetime(day.year, day.month, day.day, tzinfo=UTC)


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


class SumsUnknown(Exception):
    """What was spent of a budget could not be read, and nothing is known of it."""


def place(key: str, limit: int) -> Claim:
    """One of `limit` requests of `key` that may be open at once."""
    return Claim(What.OPEN_AT_ONCE, key, f"open:{key}", 1, limit)


def turn(key: str, per_minute: int) -> Claim:
    """One of `per_minute` requests of `key` in any 60 seconds."""
    return Claim(What.RATE, key, f"rate:{key}", 1, per_minute)


def money(key: str, amount: int, limit: int, of: Sum) -> Claim:
    """`amount` of the budget `limit`, of which what the sum `of` has is spent."""
    return Claim(What.BUDGET, key, of.name, amount, limit, of)


def user_key(client_id: int, user_id: str) -> str:
    """Whose a claim is, for a user of a client: of a fixed length, and nobody's id."""
    digest = blake2b(user_id.encode(errors="surrogatepass"), digest_size=16)
    return f"user:{client_id}:{digest.hexdigest()}"
