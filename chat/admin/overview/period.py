"""The stretches of time that the overview looks at, each in bins of one width."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from chat.models import Span

HOUR, DAY = 3600, 86_400


@dataclass(frozen=True)
class Period:
    """`bins` bins of `width` seconds, the last of them the one that is still filling.

    Bins begin at multiples of their width since the epoch, as the tallies do.
    """

    key: str
    span: Span
    width: int
    bins: int
    label_every: int

    def first_bin(self, now: datetime) -> int:
        """The number of the first bin, counted from the epoch."""
        return int(now.timestamp()) // self.width - self.bins + 1

    def start(self, number: int) -> datetime:
        return datetime.fromtimestamp(number * self.width, UTC)

    def name(self, number: int) -> str:
        """When a bin was, in words."""
        start = self.start(number)
        if self.width == DAY:
            return _day(start)
        hours = f"{start:%H:%M}"
        if self.width > Span.MINUTE:
            hours += f"–{start + timedelta(seconds=self.width):%H:%M}"
        return hours if self.width < HOUR else f"{_day(start)}, {hours}"

    def label(self, number: int) -> str:
        """What the axis says where a bin begins; mostly nothing."""
        if number * self.width % self.label_every:
            return ""
        start = self.start(number)
        if self.label_every < DAY:
            return f"{start:%H:%M}"
        return f"{start.day} {start:%b}" if self.width == DAY else f"{start:%a}"


def _day(at: datetime) -> str:
    return f"{at:%a} {at.day} {at:%b}"


PERIODS = {
    period.key: period
    for period in (
        Period("hour", Span.MINUTE, 60, 60, 600),
        Period("day", Span.MINUTE, 1800, 48, 4 * HOUR),
        Period("week", Span.HOUR, 3 * HOUR, 56, DAY),
        Period("month", Span.HOUR, DAY, 30, 5 * DAY),
    )
}
DEFAULT = PERIODS["day"]
