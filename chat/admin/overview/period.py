"""A stretch of time that the overview looks at, in bins of one width."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from chat.admin.overview.clock import Clock
from chat.models import Span

HOUR, DAY = 3600, 86_400
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Period:
    """From `since` until `until`, which may lie ahead; `before` is when the period
    before it began, with which it is compared.

    Bins begin where `clock` shows multiples of their width. `query` is how an address
    names it, `words` how people do: "the last 24 hours". What is shown of it is summed
    by the `span`.
    """

    query: str
    words: str
    span: Span
    width: int
    label_every: int
    since: datetime
    until: datetime
    before: datetime
    clock: Clock
    zone: tzinfo = UTC

    @property
    def first(self) -> int:
        """The number of its first bin."""
        return self.clock.reads(self.since) // self.width

    @property
    def bins(self) -> range:
        last = self.clock.reads(self.until - MICROSECOND) // self.width
        return range(self.first, last + 1)

    @property
    def bins_before(self) -> range:
        first = self.clock.reads(self.before) // self.width
        last = self.clock.reads(self.since - MICROSECOND) // self.width
        return range(first, last + 1)

    def start(self, number: int) -> datetime:
        return max(self.clock.at(number * self.width), self.since)

    def end(self, number: int) -> datetime:
        return min(self.clock.at((number + 1) * self.width), self.until)

    def then(self, now: datetime) -> datetime:
        """When as much of the period before was over as is of this one."""
        return min(self.before + (min(now, self.until) - self.since), self.since)

    def name(self, number: int) -> str:
        """When a bin was, in words."""
        start = self.start(number).astimezone(self.zone)
        if self.width == DAY:
            return _day(start)
        if self.width > DAY:
            last = (self.end(number) - MICROSECOND).astimezone(self.zone)
            return f"{_day(start)} – {_day(last)}"
        hours = f"{start:%H:%M}"
        if self.width > Span.MINUTE:
            hours += f"–{self.end(number).astimezone(self.zone):%H:%M}"
        is_short = self.until - self.since <= timedelta(days=1)
        return hours if is_short and self.width < HOUR else f"{_day(start)}, {hours}"

    def label(self, number: int) -> str:
        """What the axis says where a bin begins; mostly nothing."""
        reading = number * self.width
        if reading % self.label_every:
            return ""
        start = datetime.fromtimestamp(reading, UTC)
        if self.label_every < DAY:
            return f"{start:%H:%M}"
        return f"{start.day} {start:%b}" if self.width >= DAY else f"{start:%a}"


def _day(at: datetime) -> str:
    return f"{at:%a} {at.day} {at:%b}"
