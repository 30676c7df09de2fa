"""Processes that live, though it does not look so: nothing of theirs is falsified."""

import contextlib
import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models import F

from chat.models import Process as ProcessRow
from chat.models import RequestLog, RequestText
from chat.tests.e2e.process import UVICORN, Process
from chat.tests.e2e.raw_caller import calling
from chat.tests.e2e.test_shutdown import unchunked
from chat.tests.frames import DONE, frames
from chat.tests.requestlog import processes
from chat.tests.requestlog.closed_rows import all_closed
from chat.tests.requestlog.outage import forwarding
from chat.tests.requestlog.processes import database_url, quick_process
from chat.tests.requestlog.sums import tallies_agree
from chat.tests.waiting import eventually

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]

FREEZE = float(os.environ.get("CHAT_TEST_FREEZE", "0"))
# Some seconds, and longer than a lease, which is of 2 s here.
STREAM = "sim:trickle=0.1 sim:events=60"


@contextlib.contextmanager
def streams(process: Process, count: int, which: str = STREAM) -> Iterator[None]:
    """Open streams, read whole afterwards."""
    with calling(process.url, count) as callers:
        for caller in callers:
            caller.ask(which)
            caller.read_until(b"data: ")
        yield
        for caller in callers:
            *_, last = frames(unchunked(caller.read_to_end()))
            assert last == DONE


def is_buried(process: Process) -> bool:
    name = f"{process.popen.pid:x}-"
    return not ProcessRow.objects.filter(pk__startswith=name).exists()


def beats(process: Process) -> int:
    name = f"{process.popen.pid:x}-"
    return ProcessRow.objects.get(pk__startswith=name).beats


def freeze(process: Process) -> None:
    """But not while it holds SQLite's only lock, for nobody could judge it then."""
    frozen = False
    while not frozen:
        process.popen.send_signal(signal.SIGSTOP)
        if not (frozen := connection.vendor != "sqlite" or can_be_written()):
            process.popen.send_signal(signal.SIGCONT)


def can_be_written() -> bool:
    with contextlib.closing(
        sqlite3.connect(connection.settings_dict["NAME"], timeout=2)
    ) as other:
        other.isolation_level = None
        with contextlib.suppress(sqlite3.OperationalError):
            other.execute("BEGIN IMMEDIATE")
            return True
    return False


def judge_all(one: Process, judge: Process, of_the_host: bool) -> None:
    """Wait until `judge` has looked long enough for the three rows of `one`."""
    if of_the_host:
        until = beats(judge) + 12  # a lease, and more than another
        eventually(lambda: beats(judge) >= until)
        assert not is_buried(one)
        assert RequestLog.objects.filter(ending=None).count() == 3
    else:
        eventually(lambda: is_buried(one))
        presumed = RequestLog.objects.filter(ending="interrupted", presumed=True)
        eventually(lambda: presumed.count() == 3)


def all_are_completed() -> bool:
    completed = RequestLog.objects.filter(ending="completed")
    eventually(lambda: completed.count() == 3, 60)
    assert not completed.filter(presumed=True).exists()
    return RequestText.objects.exclude(answer=None).count() == 3 and tallies_agree()


@pytest.fixture(params=["the same host", "another"])
def host(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """Variables of the judge. On its own host a process is known to live; elsewhere it
    counts as dead, until it knows better."""
    far = {"CHAT_SPOOL_DIR": str(tmp_path / "far")}
    return far if request.param == "another" else {}


def test_a_process_that_was_frozen(
    zai: Any, tmp_path: Path, host: dict[str, str]
) -> None:
    with (
        quick_process(tmp_path / "a", zai) as frozen,
        quick_process(tmp_path / "b", zai, **host) as judge,
    ):
        eventually(lambda: not is_buried(judge))
        with streams(frozen, 3):
            eventually(lambda: RequestLog.objects.count() == 3)
            freeze(frozen)
            try:
                judge_all(frozen, judge, not host)
            finally:
                frozen.popen.send_signal(signal.SIGCONT)
        assert all_are_completed()
        eventually(lambda: not is_buried(frozen))


@pytest.mark.skipif(not FREEZE, reason="CHAT_TEST_FREEZE=90 is the long version")
def test_a_process_that_was_frozen_for_longer_than_a_real_lease(
    zai: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A judge of another host closes its rows; then it tells how they ended."""
    monkeypatch.setattr(processes, "QUICK", UVICORN)
    far = {"CHAT_SPOOL_DIR": str(tmp_path / "far")}
    with (
        quick_process(tmp_path / "a", zai) as frozen,
        quick_process(tmp_path / "b", zai, **far) as judge,
    ):
        eventually(lambda: not is_buried(judge) and not is_buried(frozen))
        with streams(frozen, 3):
            eventually(lambda: RequestLog.objects.count() == 3)
            freeze(frozen)
            try:
                time.sleep(FREEZE)
                presumed = RequestLog.objects.filter(presumed=True)
                assert presumed.filter(ending="interrupted").count() == 3
            finally:
                frozen.popen.send_signal(signal.SIGCONT)
        assert all_are_completed()


@pytest.mark.usefixtures("postgresql")
def test_a_process_that_was_cut_off(
    zai: Any, tmp_path: Path, host: dict[str, str]
) -> None:
    """As when its connection broke and the server has no slot for another."""
    with forwarding() as forwarder:
        url = database_url(port=forwarder.port)
        with (
            quick_process(tmp_path / "a", zai, DATABASE_URL=url) as cut_off,
            quick_process(tmp_path / "b", zai, **host) as judge,
        ):
            eventually(lambda: not is_buried(judge) and not is_buried(cut_off))
            with streams(cut_off, 3):
                eventually(lambda: RequestLog.objects.count() == 3)
                forwarder.cut()
                judge_all(cut_off, judge, not host)
            forwarder.restore()
            assert all_are_completed()


def test_a_clock_that_leaps(zai: Any, tmp_path: Path) -> None:
    """That of the database, for all at once, and again and again."""
    with (
        quick_process(tmp_path / "a", zai) as one,
        quick_process(tmp_path / "b", zai, CHAT_SPOOL_DIR=str(tmp_path / "far")) as two,
    ):
        eventually(lambda: not is_buried(one) and not is_buried(two))
        with streams(one, 3), streams(two, 3):
            until = beats(two) + 12
            while beats(two) < until:
                leap = timedelta(minutes=90)
                ProcessRow.objects.update(renewed_at=F("renewed_at") - leap)
                assert not RequestLog.objects.filter(ending="interrupted").exists()
        assert {row.ending for row in all_closed(6)} == {"completed"}


@pytest.mark.usefixtures("postgresql")
def test_who_is_killed_while_the_database_keeps_silent(
    zai: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What callers read whole is on disk long before the server is given up."""

    def spooled() -> int:
        files = (tmp_path / "spool").glob("*.jsonl")
        return sum(file.read_text().count('"ending":"completed"') for file in files)

    monkeypatch.setattr(processes, "QUICK", UVICORN)
    with forwarding() as forwarder:
        url = database_url(port=forwarder.port)
        with quick_process(tmp_path / "a", zai, DATABASE_URL=url) as process:
            with streams(process, 3, "sim:trickle=0.2 sim:events=12"):
                eventually(lambda: RequestLog.objects.count() == 3)
                forwarder.hang()
            eventually(lambda: spooled() == 3)
            assert "The database cannot be used" not in process.output
            process.popen.kill()
            process.popen.wait()
    monkeypatch.undo()
    with quick_process(tmp_path / "b", zai):
        assert {row.ending for row in all_closed(3)} == {"completed"}
        assert tallies_agree()
