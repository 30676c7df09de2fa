"""Which period somebody asks for: by the address, and by what they can click."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from django.utils.http import urlencode

from chat.admin.overview.clock import Clock
from chat.admin.overview.period import DAY, HOUR, MICROSECOND, Period
from chat.admin.time_zone import zone_of_days
from chat.models import Span
from chat.requestlog.retention import MINUTES_ARE_KEPT

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST = timedelta(days=366)
MOST_BINS = 62
WIDTHS = (60, 300, 900, 1800, HOUR, 3 * HOUR, 6 * HOUR, DAY, 7 * DAY)
# Key, words, span, width, bins, how often the axis says when.
LATELY = {
    "hour": ("the last hour", Span.MINUTE, 60, 60, 600),
    "day": ("the last 24 hours", Span.MINUTE, 1800, 48, 4 * HOUR),
    "week": ("the last 7 days", Span.HOUR, 3 * HOUR, 56, DAY),
    "month": ("the last 30 days", Span.HOUR, DAY, 30, 5 * DAY),
}
USUAL = "day"


class NoPeriod(ValueError):
    """What was asked for is none; says so in a sentence."""


@dataclass(frozen=True)
class Choice:
    words: str
    query: str
    is_chosen: bool = False


def zone() -> tzinfo:
    """The time zone that the overview's days begin in."""
    return zone_of_days()


def read(query: Mapping[str, str], now: datetime) -> Period:
    """Return the period that an address asks for; the usual one if it does not.

    `span=day` and its like, `month=2026-11`, `day=2026-11-25`, or `from=` and `to=` to
    the minute. Raises NoPeriod.
    """
    try:
        if since := query.get("from"):
            return stretch(_time(since), _time(query.get("to")) or now, now)
        if month := query.get("month"):
            return of_month(date.fromisoformat(f"{month}-01"))
        if day := query.get("day"):
            return of_day(date.fromisoformat(day))
    except (ValueError, OverflowError) as error:
        if isinstance(error, NoPeriod):
            raise
        raise NoPeriod("That is no time that can be read.") from error
    key = query.get("span") or USUAL
    if key not in LATELY:
        raise NoPeriod("There is no such period.")
    return lately(key, now)


def chosen(query: Mapping[str, str], now: datetime) -> tuple[Period, str, list[Choice]]:
    """Return the period of an address, what is wrong with it, and others to choose."""
    notice = ""
    try:
        period = read(query, now)
    except NoPeriod as error:
        period = lately(USUAL, now)
        notice = f"{error} Shown is {period.words}."
    return period, notice, choices(period, now)


def lately(key: str, now: datetime) -> Period:
    """A period that ends with the bin that is still filling."""
    words, span, width, bins, label_every = LATELY[key]
    length = timedelta(seconds=width * bins)
    clock = Clock.of(zone(), now - 2 * length - timedelta(days=2), now, span)
    if width < DAY:
        clock = clock.steady(now)
    last = clock.reads(now) // width
    first = last - bins + 1
    return Period(
        query=urlencode({"span": key}),
        words=words,
        span=span,
        width=width,
        label_every=label_every,
        since=clock.at(first * width),
        until=clock.at((last + 1) * width),
        before=clock.at((first - bins) * width),
        clock=clock,
        zone=zone(),
    )


def of_month(first: date) -> Period:
    before, after = previous_month(first), next_month(first)
    clock = Clock.of(zone(), _around(before, -1), _around(after, 1), Span.HOUR)
    since, until = clock.at(_reading(first)), clock.at(_reading(after))
    return Period(
        query=urlencode({"month": f"{first:%Y-%m}"}),
        words=f"{first:%B %Y}",
        span=Span.HOUR,
        width=DAY,
        label_every=5 * DAY,
        since=since,
        until=until,
        before=clock.at(_reading(before)),
        clock=clock,
        zone=zone(),
    )


def of_day(day: date) -> Period:
    before, after = day - timedelta(days=1), day + timedelta(days=1)
    clock = Clock.of(zone(), _around(before, -1), _around(after, 1), Span.HOUR)
    since = clock.at(_reading(day))
    return Period(
        query=urlencode({"day": str(day)}),
        words=f"{day:%A}, {day.day} {day:%B %Y}",
        span=Span.HOUR,
        width=HOUR,
        label_every=4 * HOUR,
        since=since,
        until=clock.at(_reading(after)),
        before=clock.at(_reading(before)),
        clock=clock.steady(since),
        zone=zone(),
    )


def stretch(since: datetime | None, until: datetime, now: datetime) -> Period:
    """From one minute to another; by whole hours where no minutes are kept any more."""
    if since is None or not since < until:
        raise NoPeriod("A period ends after it begins.")
    if until - since > LONGEST:
        raise NoPeriod(f"A period has {LONGEST.days} days at most.")
    query = urlencode({"from": _typed(since), "to": _typed(until)})
    span = Span.MINUTE if since > now - MINUTES_ARE_KEPT else Span.HOUR
    unit = timedelta(seconds=span)
    since, until = _floor(since, unit), _floor(until + unit - MICROSECOND, unit)
    length = until - since
    width = next(w for w in WIDTHS if w >= span and _bins(since, until, w) <= MOST_BINS)
    clock = Clock.of(zone(), since - length, until, span)
    if width < DAY:
        clock = clock.steady(since)
    return Period(
        query=query,
        words=f"{_spoken(since)} to {_spoken(until)}",
        span=span,
        width=width,
        label_every=_label_every(width, _bins(since, until, width)),
        since=since,
        until=until,
        before=since - length,
        clock=clock,
        zone=zone(),
    )


def choices(chosen: Period, now: datetime) -> list[Choice]:
    """What can be had at a click."""
    today = now.astimezone(zone()).date()
    found = [(key.capitalize(), urlencode({"span": key})) for key in LATELY]
    yesterday = today - timedelta(days=1)
    found.append(("Today", urlencode({"day": str(today)})))
    found.append(("Yesterday", urlencode({"day": str(yesterday)})))
    for month in (today.replace(day=1), previous_month(today)):
        found.append((f"{month:%B}", urlencode({"month": f"{month:%Y-%m}"})))
    return [Choice(words, query, query == chosen.query) for words, query in found]


def previous_month(day: date) -> date:
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def month_start(now: datetime) -> datetime:
    return of_month(now.astimezone(zone()).date().replace(day=1)).since


def _floor(at: datetime, unit: timedelta) -> datetime:
    return EPOCH + (at - EPOCH) // unit * unit


def _time(text: str | None) -> datetime | None:
    if not text:
        return None
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=zone())).astimezone(UTC)


def _typed(at: datetime) -> str:
    return f"{at.astimezone(zone()):%Y-%m-%dT%H:%M}"


def _spoken(at: datetime) -> str:
    local = at.astimezone(zone())
    return f"{local.day} {local:%b %Y, %H:%M}"


def _reading(day: date) -> int:
    return (day - EPOCH.date()).days * DAY


def _around(day: date, days: int) -> datetime:
    return EPOCH + timedelta(days=(day - EPOCH.date()).days + days)


def _bins(since: datetime, until: datetime, width: int) -> int:
    return int((until - since).total_seconds()) // width + 1


def _label_every(width: int, bins: int) -> int:
    """So that the axis has eight words at most, at round times."""
    rounds = (300, 600, 1800, HOUR, 2 * HOUR, 4 * HOUR, 12 * HOUR, DAY, 5 * DAY)
    wanted = width * bins / 8
    return next((r for r in rounds if r >= wanted and r % width == 0), 35 * DAY)
