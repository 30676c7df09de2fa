"""kill -9: every request keeps its row, and what was open becomes interrupted."""

import contextlib
import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chat.models import Process as ProcessRow
from chat.models import RequestLog
from chat.tests.e2e.process import Process
from chat.tests.e2e.raw_caller import calling
from chat.tests.requestlog.closed_rows import all_closed
from chat.tests.requestlog.crowd import Crowd, contradictions
from chat.tests.requestlog.processes import quick_process, serving_processes
from chat.tests.requestlog.sums import tallies_agree
from chat.tests.waiting import eventually

# A kill takes some seconds. `python -m benchmarks.kills` is the long version.
KILLS = int(os.environ.get("CHAT_TEST_KILLS", "2"))
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(600 + 60 * KILLS),
]
LONG = "sim:stall=60@3"


@contextlib.contextmanager
def open_streams(process: Process, count: int) -> Iterator[None]:
    """Streams that last as long as the block does."""
    with calling(process.url, count) as callers:
        for caller in callers:
            caller.ask(LONG)
            caller.read_until(b"data: ")
        yield


def test_a_new_process_closes_what_a_killed_one_left(zai: Any, tmp_path: Path) -> None:
    with quick_process(tmp_path / "a", zai) as first:
        with open_streams(first, 2):
            first.end(signal.SIGKILL)
        with quick_process(tmp_path / "b", zai) as second, open_streams(second, 1):
            eventually(lambda: RequestLog.objects.filter(ending="interrupted"))
            interrupted = RequestLog.objects.filter(ending="interrupted")
            eventually(lambda: interrupted.count() == 2)
            # That of the living is untouched, however long.
            eventually(lambda: RequestLog.objects.filter(ending=None).count() == 1)
            eventually(lambda: ProcessRow.objects.count() == 1)
            assert tallies_agree()
    row = interrupted[0]
    assert (row.status, row.duration_ms, row.finish_reason) == (None, None, None)
    assert (row.error_status, row.whose, row.presumed) == (503, "service", False)
    assert row.text.prompt and not row.text.answer


def test_one_of_two_workers(zai: Any, tmp_path: Path) -> None:
    with quick_process(tmp_path / "a", zai, workers=2) as service:
        workers = serving_processes(service)
        assert len(workers) == 2
        victim = workers[0]
        with contextlib.ExitStack() as callers:
            theirs, others = (
                RequestLog.objects.filter(process__startswith=f"{worker.pid:x}-")
                for worker in workers
            )
            opened = 0
            # Which of them takes a caller is the system's business.
            while not (theirs.count() and others.count()):
                callers.enter_context(open_streams(service, 4))
                opened += 4
            victim.kill()
            eventually(
                lambda: theirs.filter(ending="interrupted").count() == theirs.count()
            )
            assert set(others.values_list("ending", flat=True)) == {None}
            assert tallies_agree()
        all_closed(opened)


def test_sigterm_keeps_what_was_said(zai: Any, tmp_path: Path) -> None:
    with quick_process(tmp_path / "a", zai) as process, open_streams(process, 1):
        process.end()
    [row] = all_closed(1)
    assert (row.ending, row.status, row.error_code) == (
        "interrupted",
        200,
        "interrupted",
    )
    assert row.text.answer or row.text.reasoning
    assert row.events
    assert not ProcessRow.objects.exists()


def test_a_spool_of_the_dead_is_adopted(zai: Any, tmp_path: Path) -> None:
    from chat.requestlog.spool import Spool
    from chat.tests.requestlog.making import HELLO, closing, leave, said

    dead = Spool(tmp_path / "spool", "dead-1", 1_000_000)
    opened = said(HELLO, "Hi")
    leave(dead, opened, closing(opened))
    dead.close()
    with quick_process(tmp_path / "a", zai):
        [row] = all_closed(1)
        eventually(lambda: not list((tmp_path / "spool").glob("dead-1.*.jsonl")))
    assert (row.pk, row.ending) == (opened.row.id, "completed")


def test_again_and_again_under_load(
    zai: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who saw the end is told nothing else; nothing is lost, and nothing twice.

    `python -m benchmarks.kills` does it often.
    """
    chance = random.Random(os.environ.get("CHAT_TEST_SEED"))
    crowd, spool, dead = Crowd(8, chance), tmp_path / "spool", set[str]()
    try:
        for number in range(KILLS):
            with quick_process(tmp_path / f"{number}", zai) as process:
                crowd.begin(process.url)
                before = len(crowd.seen)
                eventually(lambda: len(crowd.seen) > before + 40, 120)  # noqa: B023
                time.sleep(chance.random() / 2)
                process.end(signal.SIGKILL)
                dead |= owners(spool)
    finally:
        crowd.leave()
    with quick_process(tmp_path / "last", zai):
        eventually(lambda: dead.isdisjoint(owners(spool)))
        eventually(lambda: not RequestLog.objects.filter(ending=None).exists())
        saw_the_end = sum(one.saw_the_end for one in crowd.seen)
        wrong = contradictions(crowd)
        with capsys.disabled():
            print(
                f"\n{KILLS} kills: {len(crowd.seen)} callers,"
                f" {saw_the_end} saw the end, {len(wrong)} are told otherwise;"
                f" {RequestLog.objects.count()} rows"
            )
        assert not wrong
        assert tallies_agree()
        assert not (spool / "set-aside.lines").exists()
    reached = {entry["request_id"].split("-")[0] for entry in zai.state()["requests"]}
    assert reached <= set(RequestLog.objects.values_list("pk", flat=True))


def owners(spool: Path) -> set[str]:
    """The processes that have files there: something of theirs is to be written."""
    return {path.name.split(".")[0] for path in spool.glob("*.jsonl")}
