"""kill -9: every request keeps its row, and what was open becomes interrupted."""

import os
import random
import signal
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from chat.models import Process as ProcessRow
from chat.models import RequestLog
from chat.tests.e2e.process import Process
from chat.tests.e2e.raw_caller import RawCaller
from chat.tests.requestlog.closed_rows import all_closed
from chat.tests.requestlog.processes import quick_process, serving_processes
from chat.tests.requestlog.sums import tallies_agree
from chat.tests.waiting import SECONDS, eventually

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]

# A kill takes about 3 seconds. CHAT_TEST_KILLS=20 for the long version.
KILLS = int(os.environ.get("CHAT_TEST_KILLS", "2"))
LONG = "sim:stall=60@3"


def open_one(process: Process) -> RawCaller:
    caller = RawCaller(process.url)
    caller.ask(LONG)
    caller.read_until(b"data: ")
    return caller


def test_a_new_process_closes_what_a_killed_one_left(zai: Any, tmp_path: Path) -> None:
    with quick_process(tmp_path / "a", zai) as first:
        with open_one(first), open_one(first):
            first.end(signal.SIGKILL)
        assert RequestLog.objects.filter(ending=None).count() == 2
        with quick_process(tmp_path / "b", zai) as second, open_one(second):
            eventually(lambda: RequestLog.objects.filter(ending="interrupted"))
            interrupted = RequestLog.objects.filter(ending="interrupted")
            eventually(lambda: interrupted.count() == 2)
            # That of the living is untouched, however long.
            assert RequestLog.objects.filter(ending=None).count() == 1
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
        callers = [open_one(service) for _ in range(12)]
        names = {f"{worker.pid:x}" for worker in workers}
        rows = list(RequestLog.objects.values_list("process", flat=True))
        assert {name.split("-")[0] for name in rows} == names, "both must have some"
        victim = workers[0]
        victim.kill()
        theirs = RequestLog.objects.filter(process__startswith=f"{victim.pid:x}-")
        eventually(
            lambda: theirs.filter(ending="interrupted").count() == theirs.count()
        )
        others = RequestLog.objects.exclude(pk__in=theirs.values("pk"))
        assert set(others.values_list("ending", flat=True)) == {None}
        assert tallies_agree()
        for caller in callers:
            caller.close()
        all_closed(12)


def test_sigterm_keeps_what_was_said(zai: Any, tmp_path: Path) -> None:
    with quick_process(tmp_path / "a", zai) as process, open_one(process):
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


def test_again_and_again_under_load(zai: Any, tmp_path: Path) -> None:
    """Whatever reached Z.AI, or was answered, has a row, closed once."""
    told: set[str] = set()
    chance = random.Random(7)
    over = threading.Event()
    address = {"url": ""}

    def call() -> None:
        while not over.is_set():
            scenario = chance.choice(["Hello", "sim:trickle=0.02 sim:events=20"])
            asked = {"messages": [{"role": "user", "content": scenario}]}
            try:
                with httpx.stream(
                    "POST",
                    f"{address['url']}/api/chat",
                    json=asked,
                    timeout=SECONDS,
                    trust_env=False,
                ) as response:
                    told.add(response.headers["x-request-id"])
                    response.read()
            except httpx.HTTPError:
                time.sleep(0.05)  # until it is up again

    callers = [threading.Thread(target=call) for _ in range(8)]
    try:
        for number in range(KILLS):
            with quick_process(tmp_path / f"{number}", zai) as process:
                address["url"] = process.url
                if number == 0:
                    for caller in callers:
                        caller.start()
                before = len(told)
                eventually(lambda: len(told) > before + 20)  # noqa: B023
                process.end(signal.SIGKILL)
    finally:
        over.set()
        for caller in callers:
            caller.join()
    with quick_process(tmp_path / "last", zai):
        eventually(lambda: not RequestLog.objects.filter(ending=None).exists(), 30)
        assert told <= set(RequestLog.objects.values_list("pk", flat=True))
        assert tallies_agree()
    reached = {entry["request_id"].split("-")[0] for entry in zai.state()["requests"]}
    assert reached <= set(RequestLog.objects.values_list("pk", flat=True))
