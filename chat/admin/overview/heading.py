"""What this month has cost so far, and where it is heading."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from chat.admin.overview import sums
from chat.admin.overview.choosing import of_month, zone
from chat.admin.overview.sums import Money

WEEK = timedelta(days=7)
HOUR = timedelta(hours=1)
# Of less than this nobody can tell a pace.
LEAST = timedelta(hours=1)


@dataclass(frozen=True)
class Heading:
    """`usd` is what the month will cost at the `pace`; None if that is not known."""

    month: str
    query: str
    so_far: Money
    usd: Decimal | None
    pace: str


def heading(now: datetime) -> Heading:
    """Ask the database: two queries over hours, and one for the oldest."""
    month = of_month(now.astimezone(zone()).date().replace(day=1))
    so_far = sums.money_between(month.since, month.until)
    since = _hour(max(now - WEEK, sums.oldest() or now))
    known_for = now - since
    usd = None
    if known_for >= LEAST:
        lately = sums.money_between(since, month.until)
        usd = so_far.all + lately.all * Decimal((month.until - now) / known_for)
    return Heading(month.words, month.query, so_far, usd, _words(known_for))


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _words(time: timedelta) -> str:
    hours = int(time / HOUR)
    return f"the last {hours} hours" if hours < 48 else f"the last {time.days} days"
