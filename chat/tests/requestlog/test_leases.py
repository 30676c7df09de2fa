"""Who counts as dead, and when nobody's lease is believed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.db.models import F

from chat.models import Process, RequestLog
from chat.requestlog import lease
from chat.requestlog.beat import Beat
from chat.tests import rows
from chat.tests.requestlog.conftest import tallies_agree

pytestmark = pytest.mark.django_db(transaction=True)


class Clock:
    """The process's monotonic clock; the database has its own."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    clock = Clock()
    monkeypatch.setattr("chat.requestlog.beat.time.monotonic", clock)
    yield clock


def beat(name: str = "mine", adopted: bool = True, **chores: Any) -> Beat:
    return Beat(name, lambda: [], lambda ids: None, lambda: adopted, **chores)


def age(name: str, seconds: float) -> None:
    """Make it that long since `name` renewed."""
    since = timedelta(seconds=seconds)
    Process.objects.filter(pk=name).update(renewed_at=F("renewed_at") - since)


def living() -> set[str]:
    return set(lease._living().values_list("pk", flat=True))


def dead_one() -> RequestLog:
    lease.renew("dead")
    age("dead", 46)
    return rows.open_row(process="dead")


def beats(one: Beat, clock: Clock, seconds: float) -> None:
    until = clock.now + seconds
    while clock.now < until:
        clock.now += 2
        one.strike()
        # The database's clock has gone on as well.
        Process.objects.filter(pk=one.process).update(renewed_at=lease.Now())


def test_a_lease_holds_until_it_is_45_seconds_old() -> None:
    assert not lease.renew("a")
    assert lease.renew("a")
    age("a", 44)
    assert living() == {"a"}
    assert lease.renew("a")
    age("a", 46)
    assert living() == set()
    assert not lease.renew("a")
    assert living() == {"a"}


def test_the_dead_are_buried_within_a_minute(clock: Clock) -> None:
    row = dead_one()
    mine = rows.open_row(process="mine")
    one = beat()
    one.strike()
    beats(one, clock, 60)
    row.refresh_from_db()
    mine.refresh_from_db()
    assert (row.ending, mine.ending) == ("interrupted", None)
    assert set(Process.objects.values_list("pk", flat=True)) == {"mine"}


def test_rows_of_processes_that_nobody_knows_are_closed_when_old(clock: Clock) -> None:
    young = rows.open_row(process="unknown")
    old_at = datetime.now(UTC) - timedelta(seconds=50)
    old = rows.open_row(process="unknown", created_at=old_at)
    lease.renew("mine")
    assert lease.bury_the_dead() == 1
    young.refresh_from_db()
    old.refresh_from_db()
    assert (young.ending, old.ending) == (None, "interrupted")


def test_a_process_that_has_just_begun_believes_no_lease(clock: Clock) -> None:
    """There may have been an outage until just now."""
    row = dead_one()
    one = beat()
    one.strike()
    beats(one, clock, 40)
    row.refresh_from_db()
    assert row.ending is None


def test_nobody_believes_leases_after_an_outage(clock: Clock) -> None:
    one = beat()
    one.strike()
    beats(one, clock, 60)
    one.missed()
    row = dead_one()
    beats(one, clock, 40)
    row.refresh_from_db()
    assert row.ending is None
    beats(one, clock, 20)
    row.refresh_from_db()
    assert row.ending == "interrupted"


def test_nobody_believes_leases_when_the_databases_clock_has_leapt(
    clock: Clock,
) -> None:
    """Or when the whole machine was asleep: all leases look too old at once."""
    one = beat()
    one.strike()
    beats(one, clock, 60)
    age("mine", 3600)
    row = dead_one()
    clock.now += 10
    one.strike()
    beats(one, clock, 40)
    row.refresh_from_db()
    assert row.ending is None


def test_the_spool_of_the_dead_comes_first(clock: Clock) -> None:
    row = dead_one()
    one = beat(adopted=False)
    one.strike()
    beats(one, clock, 70)
    row.refresh_from_db()
    assert row.ending is None


def test_a_failing_chore_holds_nothing_up(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[int] = []

    def fail() -> None:
        raise ZeroDivisionError

    def away() -> None:
        raise OperationalError

    beat(chores=[fail, lambda: done.append(1)]).strike()
    assert done
    assert "in a chore of the log" in caplog.text
    with pytest.raises(OperationalError):
        beat(chores=[away]).strike()


def test_who_resigns_closes_what_it_leaves() -> None:
    lease.renew("mine")
    lease.renew("other")
    for name in ("mine", "mine", "other"):
        rows.open_row(process=name, events=5)
    lease.resign("mine")
    assert RequestLog.objects.filter(ending="interrupted").count() == 2
    assert RequestLog.objects.get(ending=None).process == "other"
    assert living() == {"other"}
    assert tallies_agree()


def test_many_are_closed_in_slices() -> None:
    for _ in range(120):
        rows.open_row(process="mine")
    assert lease.interrupt(RequestLog.objects.filter(process="mine")) == 120
    assert lease.interrupt(RequestLog.objects.filter(process="mine")) == 0
    assert tallies_agree()
