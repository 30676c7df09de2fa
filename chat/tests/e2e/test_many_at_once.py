"""Hundreds of callers of every kind, many of whom leave: nothing is left of them."""

import os
import random
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Sum

from chat.ending import Ending
from chat.models import EndingTally, RequestLog, Span
from chat.simulator.scenarios import TABLE
from chat.tests.e2e.process import Process, started
from chat.tests.e2e.raw_caller import RawCaller
from chat.tests.requestlog.processes import database_url
from chat.tests.waiting import eventually

# In the gate; a thousand were tried too.
CALLERS = int(os.environ.get("CHAT_TEST_CALLERS", "200"))
# How long those scenarios take that name a time.
BRIEF = {
    "busy": "0",
    "shut": "1308@0",
    "takes": "0.1",
    "hold-open": "0.1",
    "slow": "0.1",
    "slow-headers": "0.1",
    "stall": "0.1@3",
    "think": "0.1",
    "trickle": "0.01",
    "retry-after": "1",
}


def word(name: str) -> str:
    return f"sim:{name}={BRIEF[name]}" if name in BRIEF else f"sim:{name}"


SCENARIOS = [word(row.name) for row in TABLE]
ENDING = re.compile(rf" ({'|'.join(set(Ending) - {Ending.FAILED})}) ")


@pytest.fixture
def process(zai: Any, tmp_path: Path) -> Iterator[Process]:
    variables = {
        "DATABASE_URL": database_url(),
        "CHAT_SPOOL_DIR": str(tmp_path / "spool"),
        "ZAI_BASE_URL": zai.base_url,
        "ZAI_MAX_TRIES": "2",
        "ZAI_SILENCE_TIMEOUT": "5",
        "ZAI_FIRST_EVENT_TIMEOUT": "3",
        "ZAI_ANSWER_TIMEOUT": "3",
        "CHAT_OPEN_AFTER_SECONDS": "0.2",
        "CHAT_HEARTBEAT_SECONDS": "0.2",
        "CHAT_WRITE_TIMEOUT_SECONDS": "5",
        "PYTHONWARNINGS": "always::ResourceWarning,always::RuntimeWarning",
    }
    with started(tmp_path, **variables) as process:
        process.wait_until_it_listens()
        yield process


def call(process: Process, number: int) -> str | None:
    """Be one of the callers; the request's id if this one waited for the answer."""
    chance = random.Random(number)
    mood = chance.choice(["waits", "waits", "closes", "resets", "closes early"])
    with RawCaller(process.url) as caller:
        caller.ask(SCENARIOS[number % len(SCENARIOS)], stream=chance.random() < 0.7)
        if mood == "closes early":
            return None
        head, _, _ = caller.read_until(b"\r\n\r\n").lower().partition(b"\r\n\r\n")
        if mood == "resets":
            caller.reset()
        if mood != "waits":
            return None
        caller.read_until(b"0\r\n\r\n" if b"chunked" in head else b"}")
        return re.search(rb"x-request-id: (\S+)", head)[1].decode()


@pytest.mark.django_db(transaction=True)
def test_every_exchange_has_one_ending_and_one_row_and_nothing_stays(
    process: Process, zai: Any
) -> None:
    with ThreadPoolExecutor(50) as callers:
        ids = list(callers.map(lambda number: call(process, number), range(CALLERS)))
    zai.wait(lambda state: not state["open"])
    eventually(lambda: not process.callers())
    process.end()
    told = Counter(re.search(r"req_\w+", line)[0] for line in process.endings())
    assert set(told.values()) == {1}
    assert {waited for waited in ids if waited} <= set(told)
    assert all(ENDING.search(line) for line in process.endings())
    rows = dict(RequestLog.objects.values_list("pk", "ending"))
    assert rows == {
        re.search(r"req_\w+", line)[0]: ENDING.search(line)[1]
        for line in process.endings()
    }
    closed = EndingTally.objects.filter(span=Span.HOUR).aggregate(Sum("requests"))
    assert closed["requests__sum"] == len(rows)
    for fault in ("failed status=500", "Traceback", "never retrieved", "Warning"):
        assert fault not in process.output
