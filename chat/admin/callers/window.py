"""Which sums of callers make up a stretch of time: days of UTC, hours at the ends."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q

from chat.models import CallerSpan
from chat.requestlog.callers import HOURS_ARE_KEPT

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Stretch:
    """From `since` until `until`, in whole hours, or in whole days where no hours are
    kept any more."""

    since: datetime
    until: datetime

    @classmethod
    def around(cls, since: datetime, until: datetime, now: datetime) -> "Stretch":
        """The nearest to a stretch of time, as far as it is not still to come."""
        until = min(until, now)
        window = cls(_rounded(since, now, 0), _rounded(until, now, 1))
        if window.since < window.until:
            return window
        return cls(_floor(since, DAY), _ceil(until, DAY))

    @property
    def sums(self) -> Q:
        """The condition on CallerTally."""
        first, last = _ceil(self.since, DAY), _floor(self.until, DAY)
        if first >= last:
            return _within(CallerSpan.HOUR, self.since, self.until)
        return (
            _within(CallerSpan.DAY, first, last)
            | _within(CallerSpan.HOUR, self.since, first)
            | _within(CallerSpan.HOUR, last, self.until)
        )


def _within(span: CallerSpan, since: datetime, until: datetime) -> Q:
    if since >= until:
        return Q(pk__in=[])
    return Q(span=span, at__gte=since, at__lt=until)


def _rounded(at: datetime, now: datetime, up: int) -> datetime:
    if at < now - HOURS_ARE_KEPT + HOUR:
        return _floor(at + DAY / 2, DAY)
    return _ceil(at, HOUR) if up else _floor(at, HOUR)


def _floor(at: datetime, unit: timedelta) -> datetime:
    return EPOCH + (at - EPOCH) // unit * unit


def _ceil(at: datetime, unit: timedelta) -> datetime:
    return EPOCH - (EPOCH - at) // unit * unit
