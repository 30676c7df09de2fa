"""All workers of a host together, and what a killed one had counted."""

import contextlib
import signal
from pathlib import Path
from typing import Any

import pytest

from chat.models import RequestLog
from chat.tests.access.asking import ask
from chat.tests.e2e.process import Process
from chat.tests.e2e.raw_caller import calling
from chat.tests.metrics.scraping import Scraped, rows_as_counted, scrape
from chat.tests.requestlog.processes import quick_process, serving_processes
from chat.tests.waiting import eventually

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]

DONE = b"[DONE]"


def test_two_workers_one_killed_and_a_restart(tmp_path: Path, zai: Any) -> None:
    access = {"METRICS_ACCESS": "loopback"}
    with quick_process(tmp_path / "one", zai, workers=2, **access) as process:
        eventually(lambda: scrape(process.url).value("zai_chat_workers") == 2)
        ask_until_both_answered(process, 12)
        told = scrape(process.url)
        assert sum(told.requests.values()) == 12
        with calling(process.url, 8) as callers:
            for caller in callers:
                ask(caller, "sim:stall=60@3")
                caller.read_until(b"\r\n\r\n")
            eventually(lambda: scrape(process.url).value("zai_chat_open") == 8)
            victim = serving_processes(process)[0]
            victim.send_signal(signal.SIGKILL)
            victim.wait()
            told = eventually_told(process)
        eventually(lambda: not RequestLog.objects.filter(ending=None).exists())
        compare(process, 20)
    # What both had counted is told by those who come after them.
    with quick_process(tmp_path / "two", zai, **access) as process:
        compare(process, 20)
        assert scrape(process.url).value("zai_chat_workers") == 1
        folder = tmp_path / "spool" / "metrics"
        eventually(lambda: len(list(folder.glob("*.counts"))) == 1)
        ask_until_both_answered(process, 3)
        compare(process, 23)


def ask_until_both_answered(process: Process, count: int) -> None:
    """By connections of their own, which either worker may take."""
    for _ in range(count):
        with calling(process.url, 1) as (caller,):
            ask(caller, "Hello")
            caller.read_until(DONE)
    eventually(lambda: not scrape(process.url).value("zai_chat_open"))


def eventually_told(process: Process) -> Scraped:
    """The supervisor may take a moment for a new worker."""
    found: list[Scraped] = []

    def is_told() -> bool:
        with contextlib.suppress(Exception):
            found.append(scrape(process.url))
        return bool(found)

    eventually(is_told)
    return found[-1]


def compare(process: Process, count: int) -> None:
    """The rows and the metrics, once all is stored."""

    def is_the_same() -> bool:
        told = eventually_told(process)
        return sum(told.requests.values()) == count and told.requests == (
            rows_as_counted()
        )

    eventually(is_the_same)
