"""A caller who reads slowly holds Z.AI back; nothing piles up in between."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from chat.tests.e2e.process import Process, started
from chat.tests.e2e.raw_caller import RawCaller, calling
from chat.tests.e2e.test_leaving import MANY, wait_until_held_back
from chat.tests.e2e.watched import Watched
from chat.tests.frames import DONE, frames, text_of
from chat.tests.waiting import SECONDS, eventually

pytestmark = pytest.mark.once

MEGABYTE = 1024 * 1024


@pytest.fixture
def process(zai: Any, tmp_path: Path) -> Iterator[Process]:
    with started(tmp_path, ZAI_BASE_URL=zai.base_url) as process:
        process.wait_until_it_listens()
        assert httpx.get(f"{process.url}/health", trust_env=False).is_success
        yield process


def megabytes(process: Process) -> float:
    memory: float = process.server().memory_info().rss / MEGABYTE
    return memory


def test_memory_stays_bounded_and_z_ai_is_held_back(process: Process, zai: Any) -> None:
    with RawCaller(process.url) as caller:
        caller.ask("sim:flood sim:events=2000")
        caller.read_until(b"[DONE]")  # whatever is loaded on first use
    before = megabytes(process)
    with calling(process.url, 3, receive_buffer=4096) as callers:
        for caller in callers:
            caller.ask(MANY)
        wait_until_held_back(zai)
        for caller in callers:
            caller.read_until(b"data: ")
        wait_until_held_back(zai)
        assert megabytes(process) - before < 20
        assert all(entry["events_sent"] < 200_000 for entry in zai.state()["requests"])
    zai.wait(lambda state: not state["open"])


def test_memory_stays_bounded_while_a_flood_passes(process: Process) -> None:
    before = most = megabytes(process)
    received, end = 0, b""
    with RawCaller(process.url) as caller:
        caller.ask("sim:flood sim:events=200000")
        while b"[DONE]" not in end:
            caller.read_until(b"\n")
            received += len(caller.received)
            end, caller.received = caller.received[-40:], b""
            most = max(most, megabytes(process))
    assert received > 30 * MEGABYTE
    assert most - before < 30


def test_the_answer_is_whole_when_the_caller_reads_on(watched: Watched) -> None:
    with watched.service.stream("sim:flood sim:events=200000") as response:
        pieces = response.iter_bytes()
        body = next(pieces)
        wait_until_held_back(watched.zai)
        assert watched.zai.state()["requests"][-1]["events_sent"] < 200_000
        body += b"".join(pieces)
    *events, last = frames(body)
    assert last == DONE
    assert len(events) == 200_001
    assert text_of(body)
    ended = watched.service.ended()
    assert (ended.ending, ended.finish_reason) == ("completed", "stop")


@pytest.mark.parametrize("stream", [True, False])
def test_others_are_served_while_one_is_flooded(watched: Watched, stream: bool) -> None:
    with RawCaller(watched.service.url) as flooded:
        flooded.ask(MANY, stream=True)
        flooded.read_until(b"data: ")
        for _ in range(5):
            flooded.received = b""
            flooded.read_until(b"data: ")
            url = f"{watched.service.url}/health"
            assert httpx.get(url, timeout=SECONDS, trust_env=False).is_success
            assert watched.service.post(stream=stream).is_success
            assert watched.service.ended().ending == "completed"
    assert watched.service.ended().ending == "client_disconnected"
    eventually(lambda: not watched.zai.state()["open"])
