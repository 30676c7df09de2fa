"""Stretches of time, and the clock on the wall that their days begin by."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chat.admin.list import days
from chat.admin.overview import choosing, sums
from chat.admin.overview.choosing import NoPeriod, choices, lately, of_day, of_month
from chat.admin.overview.links import interval
from chat.admin.overview.period import Period
from chat.models import EndingTally, Span

NOW = datetime(2026, 11, 26, 14, 5, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]
FURTHER = ["Asia/Kolkata", "America/Havana", "Pacific/Apia"]
# Of the months in which clocks are changed, one way and the other.
MONTHS = [date(2026, 3, 1), date(2026, 10, 1), date(2026, 11, 1), date(2026, 4, 1)]


@pytest.fixture(params=ZONES + FURTHER)
def zone(request: pytest.FixtureRequest, settings: Any) -> ZoneInfo:
    settings.ADMIN_TIME_ZONE = request.param
    return ZoneInfo(request.param)


def hours(period: Period) -> list[datetime]:
    count = int((period.until - period.since) / HOUR)
    return [period.since + n * HOUR for n in range(count)]


@pytest.mark.parametrize("first", MONTHS, ids=str)
def test_each_hour_of_a_month_is_in_the_bin_of_its_day(
    zone: ZoneInfo, first: date
) -> None:
    period = of_month(first)
    assert len(period.bins) == (choosing.next_month(first) - first).days
    half = timedelta(minutes=30)  # where a zone is not ahead by whole hours
    for at in hours(period):
        number = period.clock.reads(at) // period.width
        day = first + timedelta(days=number - period.first)
        assert at.astimezone(zone).date() in (day, (at + half).astimezone(zone).date())
        assert period.start(number) <= at < period.end(number)


@pytest.mark.parametrize("first", MONTHS, ids=str)
def test_months_leave_no_hour_out_and_have_none_twice(
    zone: ZoneInfo, first: date
) -> None:
    period = of_month(first)
    assert period.until == of_month(choosing.next_month(first)).since
    assert period.before == of_month(choosing.previous_month(first)).since
    edges = [(period.start(n), period.end(n)) for n in period.bins]
    assert edges[0][0] == period.since and edges[-1][1] == period.until
    for (_, end), (start, _) in zip(edges, edges[1:], strict=False):
        assert end == start


@pytest.mark.parametrize(
    ("day", "count"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-25", 24)]
)
def test_a_day_of_a_changed_clock_has_another_number_of_hours(
    day: str, count: int, settings: Any
) -> None:
    settings.ADMIN_TIME_ZONE = "Europe/Berlin"
    period = of_day(date.fromisoformat(day))
    assert len(period.bins) == count
    names = [period.name(number) for number in period.bins]
    assert names[0].endswith("00:00–01:00") and names[-1].endswith("23:00–00:00")


@pytest.mark.django_db
@pytest.mark.parametrize("first", MONTHS, ids=str)
def test_the_database_has_the_same_bins(zone: ZoneInfo, first: date) -> None:
    """Of months, of their days, and of both databases."""
    zero = dict.fromkeys([f.name for f in EndingTally._meta.fields[6:]], 0)
    month = of_month(first)
    EndingTally.objects.bulk_create(
        EndingTally(span=Span.HOUR, at=at, model="", ending="", requests=1, **zero)
        for at in hours(month)[:: 1 if zone.key == "Europe/Berlin" else 7]
    )
    for period in (month, of_day(first + timedelta(days=27))):
        for tally in sums._binned(EndingTally.objects.all(), period):
            assert tally.bin == period.clock.reads(tally.at) // period.width
            assert tally.bin in period.bins


@pytest.mark.parametrize("key", choosing.LATELY)
def test_the_last_bin_is_still_filling(zone: ZoneInfo, key: str) -> None:
    period = lately(key, NOW)
    assert period.start(period.bins[-1]) <= NOW < period.until
    assert len(period.bins) == choosing.LATELY[key][3]
    assert len(period.bins_before) == len(period.bins)


@pytest.mark.parametrize(
    ("hours_ago", "length", "span"),
    [(3, timedelta(minutes=17), 60), (3, HOUR, 60), (700, timedelta(days=9), 3600)],
)
def test_from_one_minute_to_another(
    zone: ZoneInfo, hours_ago: int, length: timedelta, span: int
) -> None:
    since = NOW.replace(second=0) - hours_ago * HOUR
    typed = {
        name: f"{at.astimezone(zone):%Y-%m-%dT%H:%M}"
        for name, at in (("from", since), ("to", since + length))
    }
    period = choosing.read(typed, NOW)
    assert period.span == span and len(period.bins) <= choosing.MOST_BINS
    if span == Span.MINUTE:
        assert (period.since, period.until) == (since, since + length)
    else:
        assert since - HOUR < period.since <= since
        assert since + length <= period.until < since + length + HOUR
    assert period.until - period.since == period.since - period.before


@pytest.mark.parametrize("query", [{"from": "2026-01-01", "to": "2027-06-01"}])
def test_a_stretch_has_an_end(query: dict[str, str]) -> None:
    with pytest.raises(NoPeriod, match="366 days"):
        choosing.read(query, NOW)


def test_what_is_chosen_is_marked_and_yesterday_is_a_click_away() -> None:
    found = {one.words: one.query for one in choices(lately("week", NOW), NOW)}
    assert found["Yesterday"] == "day=2026-11-25"
    assert found["October"] == "month=2026-10"
    [chosen] = [one for one in choices(lately("week", NOW), NOW) if one.is_chosen]
    assert chosen.words == "Week"


def test_the_list_takes_a_stretch_as_the_overview_writes_it() -> None:
    lookups = days.lookups(interval(NOW - HOUR, NOW))
    assert lookups == {"created_at__gte": NOW - HOUR, "created_at__lt": NOW}
    with pytest.raises(ValueError):
        days.lookups("2026-11-26T14:00Z/later")
