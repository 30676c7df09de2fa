"""What a clock on the wall shows, over a change to summer time and back."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Clock:
    """By how many seconds it was before UTC, and since when; the first since ever."""

    offsets: tuple[tuple[datetime, int], ...]

    @classmethod
    def of(
        cls, zone: tzinfo, since: datetime, until: datetime, unit: int = 1
    ) -> "Clock":
        """The clock of `zone`, set back to whole `unit`s of seconds: of what is summed
        by the hour no half can be told."""
        offsets = [(since, _offset(zone, since, unit))]
        day = since
        while day < until:
            following = min(day + DAY, until)
            if _offset(zone, following, unit) != offsets[-1][1]:
                change = _change(zone, day, following, unit)
                offsets.append((change, _offset(zone, change, unit)))
            day = following
        return cls(tuple(offsets))

    def steady(self, at: datetime) -> "Clock":
        """The same, never changed after `at`, so that each of its hours is one."""
        return Clock(((at, self._offset_at(at)),))

    def reads(self, at: datetime) -> int:
        """What it shows at a time: seconds, from 1970 on."""
        return int(at.timestamp()) + self._offset_at(at)

    def at(self, reading: int) -> datetime:
        """When it shows this first; if it never does, when it goes on from there."""
        for i, (since, offset) in enumerate(self.offsets):
            at = datetime.fromtimestamp(reading - offset, UTC)
            is_last = i + 1 == len(self.offsets)
            if is_last or at < self.offsets[i + 1][0]:
                return max(at, since) if i else at
        raise AssertionError("there is an offset at least")

    def _offset_at(self, at: datetime) -> int:
        return next(
            (offset for since, offset in reversed(self.offsets) if at >= since),
            self.offsets[0][1],
        )


def _offset(zone: tzinfo, at: datetime, unit: int) -> int:
    ahead = at.astimezone(zone).utcoffset() or timedelta(0)
    seconds = int(ahead.total_seconds())
    return seconds - seconds % unit


def _change(zone: tzinfo, before: datetime, after: datetime, unit: int) -> datetime:
    """The second at which the offset changes between the two."""
    old = _offset(zone, before, unit)
    while after - before > SECOND:
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if middle <= before:
            break
        if _offset(zone, middle, unit) == old:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)
