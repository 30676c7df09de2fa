"""Who counts as dead, and when nobody does."""

import os
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.db.models import F

from chat.models import Process, RequestLog
from chat.requestlog import lease
from chat.requestlog.beat import Beat
from chat.requestlog.lifeline import Lifeline
from chat.tests import rows
from chat.tests.requestlog.sums import tallies_agree

pytestmark = pytest.mark.django_db(transaction=True)


class Clock:
    """The judge's monotonic clock; the database has its own."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    clock = Clock()
    monkeypatch.setattr("chat.requestlog.beat.time.monotonic", clock)
    yield clock


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


Begin = Callable[..., Beat]


@pytest.fixture
def beat(folder: Path) -> Begin:
    def begin(adopted: bool = True, **chores: Any) -> Beat:
        line = Lifeline(folder, "mine")
        return Beat(
            "mine", lambda: [], lambda ids: None, lambda: adopted, line, **chores
        )

    return begin


def known(process: str) -> bool:
    return True


def leap(seconds: float) -> None:
    """The database's clock goes forward by that much: every lease is older by it."""
    since = timedelta(seconds=seconds)
    Process.objects.update(renewed_at=F("renewed_at") - since)


def living() -> set[str]:
    return set(Process.objects.values_list("pk", flat=True))


def dead_one() -> RequestLog:
    lease.renew("dead")
    return rows.open_row(process="dead")


def ending(row: RequestLog) -> str | None:
    row.refresh_from_db()
    return row.ending


def beats(one: Beat, clock: Clock, seconds: float, *others: str) -> None:
    """Let `one` beat for `seconds`, and `others` renew their leases meanwhile."""
    until = clock.now + seconds
    while clock.now < until:
        clock.now += 2
        for other in others:
            lease.renew(other)
        one.strike()


def test_rows_of_dead_processes_are_closed_within_a_minute(
    clock: Clock, beat: Begin
) -> None:
    row, mine = dead_one(), rows.open_row(process="mine")
    one = beat()
    one.strike()
    beats(one, clock, 40)
    assert ending(row) is None
    beats(one, clock, 20)
    assert (ending(row), ending(mine)) == ("interrupted", None)
    assert living() == {"mine"}
    assert tallies_agree()


@pytest.mark.parametrize("seconds", [3600, -3600])
def test_a_clock_that_leaps_kills_nobody(
    clock: Clock, beat: Begin, seconds: float
) -> None:
    lease.renew("other")
    row = rows.open_row(process="other")
    one = beat()
    one.strike()
    beats(one, clock, 60, "other")
    leap(seconds)
    one.strike()
    beats(one, clock, 60, "other")
    assert ending(row) is None


def test_a_clock_that_leaps_again_and_again_keeps_nobody_alive(
    clock: Clock, beat: Begin
) -> None:
    """And one that stands still kills nobody: the number moves."""
    row, still = dead_one(), rows.open_row(process="other")
    one = beat()
    one.strike()
    lease.renew("other")
    at = Process.objects.get(pk="other").renewed_at
    for _ in range(6):
        beats(one, clock, 10, "other")
        Process.objects.filter(pk="other").update(renewed_at=at)
    assert (ending(row), ending(still)) == ("interrupted", None)


def test_versions_that_know_no_beats_live_as_well(clock: Clock, beat: Begin) -> None:
    lease.renew("other")
    row = rows.open_row(process="other")
    one = beat()
    one.strike()
    for _ in range(12):
        Process.objects.filter(pk="other").update(renewed_at=lease.Now())
        beats(one, clock, 10)
    assert ending(row) is None


def test_rows_of_processes_that_nobody_knows_are_closed_when_seen_long(
    clock: Clock,
    beat: Begin,
) -> None:
    """However old they say that they are: that is the word of another clock."""
    row = rows.open_row(process="unknown")
    RequestLog.objects.update(created_at=F("created_at") - timedelta(hours=1))
    one = beat()
    one.strike()
    beats(one, clock, 40)
    assert ending(row) is None
    beats(one, clock, 20)
    assert ending(row) == "interrupted"


def test_nobody_is_judged_for_the_time_of_an_outage(clock: Clock, beat: Begin) -> None:
    row = dead_one()
    one = beat()
    one.strike()
    beats(one, clock, 40)
    one.put_off()
    beats(one, clock, 40)
    assert ending(row) is None
    beats(one, clock, 20)
    assert ending(row) == "interrupted"


def test_a_judge_that_was_frozen_begins_anew(clock: Clock, beat: Begin) -> None:
    """Everything else may have been frozen too: the machine was asleep."""
    row = dead_one()
    one = beat()
    one.strike()
    beats(one, clock, 20)
    clock.now += 90
    beats(one, clock, 40)
    assert ending(row) is None
    beats(one, clock, 20)
    assert ending(row) == "interrupted"


def test_a_process_that_is_known_to_live_is_not_dead(
    clock: Clock, beat: Begin, folder: Path
) -> None:
    row = dead_one()
    line = Lifeline(folder, "dead")
    line.hold()
    one = beat()
    one.strike()
    beats(one, clock, 300)
    assert ending(row) is None
    line.release()


def test_who_moves_at_the_last_moment_is_left_alone() -> None:
    row = dead_one()
    [seen] = lease.read_leases()
    lease.renew("dead")
    assert lease.close_rows_of_dead_processes([seen], known) == 0
    assert (ending(row), living()) == (None, {"dead"})
    [seen] = lease.read_leases()
    assert lease.close_rows_of_dead_processes([seen], known) == 1
    rows.open_row(process="dead")
    assert lease.close_rows_of_dead_processes([seen], known) == 0, (
        "another process has done it, and a third may know it"
    )


def test_the_spool_of_the_dead_comes_first(clock: Clock, beat: Begin) -> None:
    row = dead_one()
    one = beat(adopted=False)
    one.strike()
    beats(one, clock, 70)
    assert ending(row) is None


def test_a_failing_chore_holds_nothing_up(
    clock: Clock, beat: Begin, caplog: pytest.LogCaptureFixture
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
    assert lease.close_open_rows(RequestLog.objects.filter(process="mine")) == 120
    assert lease.close_open_rows(RequestLog.objects.filter(process="mine")) == 0
    assert tallies_agree()


def test_a_lifeline_is_held_as_long_as_its_process_lives(tmp_path: Path) -> None:
    one, other = Lifeline(tmp_path, "one"), Lifeline(tmp_path, "other")
    assert not one.is_held("other")
    other.hold()
    assert one.is_held("other")
    other.tell(700)
    assert one.told_by_others() == 700
    one.bury("other")
    assert one.is_held("other")
    other.release()
    assert not one.is_held("other")
    assert not one.knows("other")
    assert one.told_by_others() == 0


def test_what_a_dead_process_leaves_is_known_until_its_rows_are_closed(
    tmp_path: Path,
) -> None:
    one = Lifeline(tmp_path, "one")
    (tmp_path / "killed.alive").touch()
    (tmp_path / "killed-long-ago.alive").touch()
    os.utime(tmp_path / "killed-long-ago.alive", (time.time() - 90_000,) * 2)
    one.hold()
    assert not one.is_held("killed")
    assert one.knows("killed")
    one.bury("killed")
    assert [path.name for path in tmp_path.iterdir()] == ["one.alive"]


def test_a_lifeline_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    one = Lifeline(tmp_path / "file" / "spool", "one")
    one.hold()
    assert not one.is_held("one")
    one.release()


@pytest.mark.parametrize("shares", [True, False])
def test_who_cannot_read_its_files_presumes_how_a_process_ended(
    clock: Clock, beat: Begin, folder: Path, shares: bool
) -> None:
    """As for an interruption that was told: 503, and the service's."""
    row = dead_one()
    folder.mkdir()
    if shares:
        (folder / "dead.alive").touch()
    one = beat()
    one.strike()
    beats(one, clock, 60)
    assert ending(row) == "interrupted"
    assert (row.error_status, row.whose) == (503, "service")
    assert row.presumed is not shares
    assert not (folder / "dead.alive").exists()
