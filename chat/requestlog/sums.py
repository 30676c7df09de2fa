"""Which sums there are of what was spent, and which of them a request counts into."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from hashlib import blake2b

from msgspec import Struct

from chat.models.request_log import Admitted
from chat.models.spending import Period, Scope


class Sum(Struct, frozen=True, dict=True, order=True):
    """A row of models.Spending: what the requests of one scope cost in a period.

    `start` is the first day of the period, UTC; `client_id` is 0 where there is none.
    One that is kept need not work out its name again.
    """

    period: str
    start: date
    scope: str
    client_id: int = 0
    user_id: str = ""

    @cached_property
    def name(self) -> str:
        """The same in every process, without the user's id."""
        is_of_user = self.scope == Scope.USER
        whose = (
            user_key(self.client_id, self.user_id)
            if is_of_user
            else f"{self.scope}:{self.client_id}"
        )
        return f"{self.period}:{self.start}:{whose}"

    @cached_property
    def resets(self) -> datetime:
        """When the next period begins, UTC."""
        day = self.start + timedelta(days=1)
        if self.period == Period.MONTH:
            day = (self.start + timedelta(days=31)).replace(day=1)
        return datetime(day.year, day.month, day.day, tzinfo=UTC)


Totals = Mapping[Sum, int]
"""What sums come to, in millionths of a US dollar."""

sum_of = lru_cache(maxsize=4096)(Sum)


def start_of(period: str, at: datetime) -> date:
    """Return the day, UTC, on which the period began that has `at`."""
    day = at.astimezone(UTC).date()
    return day.replace(day=1) if period == Period.MONTH else day


def sums_of(
    at: datetime, admitted_by: str | None, client_id: int | None, user_id: str
) -> Iterator[Sum]:
    """Yield the sums that a request counts into, which was asked `at`."""
    for period in ("day", "month"):
        start = start_of(period, at)
        yield sum_of(period, start, "service")
        if client_id is not None:
            yield sum_of(period, start, "client", client_id)
            yield sum_of(period, start, "user", client_id, user_id)
        elif admitted_by == Admitted.OPEN:
            yield sum_of(period, start, "open")


def user_key(client_id: int, user_id: str) -> str:
    """Whose something is, for a user of a client: of our length, and not its id."""
    digest = blake2b(user_id.encode(errors="surrogatepass"), digest_size=16)
    return f"user:{client_id}:{digest.hexdigest()}"
