"""The stretches of time that the list of requests can be narrowed to."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.utils import timezone

from chat.admin.time_zone import zone_of_days

LATELY = {
    "hour": ("the last hour", timedelta(hours=1)),
    "day": ("the last 24 hours", timedelta(days=1)),
    "week": ("the last 7 days", timedelta(days=7)),
    "month": ("the last 30 days", timedelta(days=30)),
}
SHOWN = 7


@dataclass(frozen=True)
class Day:
    """A day of the strip above the list: of ADMIN_TIME_ZONE, so that a link to it is
    the same for everybody."""

    date: date
    is_chosen: bool = False
    is_today: bool = False


def lookups(period: str) -> dict[str, Any]:
    """The condition on `created_at`. `period` is a key of LATELY, a date, or a stretch
    of time as ISO 8601 has it: "2026-11-26T14:00Z/2026-11-26T15:00Z".

    Raises ValueError for anything else.
    """
    since, slash, until = period.partition("/")
    if slash:
        return {"created_at__gte": _time(since), "created_at__lt": _time(until)}
    if period in LATELY:
        return {"created_at__gte": timezone.now() - LATELY[period][1]}
    start = _midnight(date.fromisoformat(period))
    return {"created_at__gte": start, "created_at__lt": _next_midnight(start)}


def strip(period: str | None) -> list[Day]:
    """Seven days in a row, the chosen one in their middle, or else up to today."""
    today = timezone.localdate(timezone=zone_of_days())
    chosen = _date(period)
    last = min(chosen + timedelta(days=SHOWN // 2), today) if chosen else today
    days = [last - timedelta(days=back) for back in reversed(range(SHOWN))]
    return [Day(day, day == chosen, day == today) for day in days]


def _date(period: str | None) -> date | None:
    try:
        return date.fromisoformat(period or "")
    except ValueError:
        return None


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        at = at.replace(tzinfo=timezone.get_current_timezone())
    return at.astimezone(UTC)


def _midnight(day: date) -> datetime:
    zone = zone_of_days()
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _next_midnight(start: datetime) -> datetime:
    day = timezone.localdate(start, zone_of_days())
    return _midnight(day + timedelta(days=1))
