"""What a request takes of the things that are limited.

Money is an int of millionths of a US dollar (µUSD) everywhere here.
"""

from collections.abc import Iterable
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

    `start` is the first day of the period, UTC. One that is kept need not work out its
    name again.
    """

    period: Period
    start: date
    scope: Scope
    client_id: int = 0
    user_id: str = ""

    @cached_property
    def name(self) -> str:
        """The same in every process, without the user's id."""
        whose = (
            user_key(self.client_id, self.user_id)
            if self.user_id
            else (f"{self.scope.value}:{self.client_id}")
        )
        return f"{self.period.value}:{self.start}:{whose}"

    @property
    def resets(self) -> datetime:
        """When the next period begins, UTC."""
        day = self.start + timedelta(days=1)
        while self.period == Period.MONTH and day.month == self.start.month:
            day += timedelta(days=1)
        return datetime(day.year, day.month, day.day, tzinfo=UTC)


class Claim(Struct, frozen=True):
    """So much of something, of which there is a limit.

    `key` says whose it is: "open", "service", "client:3", `user_key(3, "ann")`. A claim
    of a budget says by `sum` which one.
    """

    what: What
    key: str
    amount: int
    limit: int
    sum: Sum | None = None

    @property
    def name(self) -> str:
        """What is counted: two claims with one name take of the same."""
        return self.sum.name if self.sum else f"{self.what.value}:{self.key}"


class Short(Struct, frozen=True):
    """The claim that did not fit.

    `used` is what others have of it. `is_settled`: what has been spent leaves no room
    for this claim, whatever open requests come to (`budget_spent`); else only open
    requests, or the last minute's, stand in the way (`rate_limited`). `resets`: when a
    budget is new, or when a place in the minute is free; None for places, which are
    free whenever a request ends.
    """

    claim: Claim
    used: int
    is_settled: bool
    resets: datetime | None


class Quota(Struct, frozen=True):
    """How a rate stands, this request counted. `reset_seconds`: until one more than
    `remaining` may come; 0 if all may."""

    allowed: bool
    limit: int
    remaining: int
    reset_seconds: float


class Held(Struct, frozen=True):
    """`short` is None if all was taken; else nothing was. One quota for each claim of a
    rate, in their order."""

    short: Short | None
    quotas: tuple[Quota, ...] = ()


class Use(Struct, frozen=True):
    """What is taken of a claim's thing now. `held`: by open requests, and by those whose
    cost the database does not have yet; of a rate the last minute's. `spent`: by the
    database; None for what is no budget, or not known."""

    held: int
    spent: int | None = None


class SumsUnknown(Exception):
    """What was spent of a budget could not be read, and nothing is known of it."""


def place(key: str, limit: int) -> Claim:
    """One of `limit` requests of `key` that may be open at once."""
    return Claim(What.OPEN_AT_ONCE, key, 1, limit)


def turn(key: str, per_minute: int) -> Claim:
    """One of `per_minute` requests of `key` in any 60 seconds."""
    return Claim(What.RATE, key, 1, per_minute)


def money(key: str, amount: int, limit: int, of: Sum) -> Claim:
    """`amount` of the budget `limit`, which is spent by what the sum `of` has."""
    return Claim(What.BUDGET, key, amount, limit, of)


def user_key(client_id: int, user_id: str) -> str:
    """Whose a claim is, for a user of a client: of a length we chose, and nobody's id."""
    digest = blake2b(user_id.encode(errors="surrogatepass"), digest_size=16)
    return f"user:{client_id}:{digest.hexdigest()}"


def sums_of(claims: Iterable[Claim]) -> list[Sum]:
    return [claim.sum for claim in claims if claim.sum]
