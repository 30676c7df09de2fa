"""What open exchanges get when the server is told to stop."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chat.tests.e2e.process import COMMANDS, Process, started
from chat.tests.e2e.raw_caller import RawCaller, calling
from chat.tests.frames import DONE, frames

LONG = "sim:stall=60@3"
SHORT = "sim:trickle=0.05 sim:events=5"


@pytest.fixture(params=COMMANDS)
def process(
    request: pytest.FixtureRequest, zai: Any, tmp_path: Path
) -> Iterator[Process]:
    with started(
        tmp_path,
        request.param,
        ZAI_BASE_URL=zai.base_url,
        CHAT_SHUTDOWN_GRACE_SECONDS="2",
    ) as process:
        process.wait_until_it_listens()
        yield process


@pytest.mark.parametrize(
    ("end", "number"),
    [(Process.end, signal.SIGTERM), (Process.press_ctrl_c, signal.SIGINT)],
)
def test_the_short_finish_and_the_long_are_told(
    process: Process, zai: Any, end: Any, number: int
) -> None:
    with calling(process.url, 5) as (short, long, whole, half, idle):
        short.ask(SHORT)
        short.read_until(b"data: ")
        long.ask(LONG)
        long.read_until(b"data: ")
        whole.ask("sim:silent", stream=False)
        half.send(half.request()[:-10])
        idle.send(idle.head("GET", "/health/live"))
        idle.read_until(b"live")
        zai.wait(lambda state: state["total"] >= 3)

        status = end(process)

        *_, last = frames(unchunked(short.read_to_end()))
        assert last == DONE
        *_, last = frames(unchunked(long.read_to_end()))
        assert last["error"]["code"] == "interrupted"
        assert last["error"]["status"] == 503
        assert b"503 Service Unavailable" in whole.read_to_end()
        assert b'"code":"interrupted"' in whole.received
        assert b"503 Service Unavailable" in half.read_to_end()
        assert b'"code":"shutting_down"' in half.received
        idle.read_to_end()
    endings = process.endings()
    assert sum("completed" in line for line in endings) == 1
    assert sum("interrupted status=503" in line for line in endings) == 1
    told = "interrupted status=200"
    assert [("error_status=503" in line) for line in endings if told in line] == [True]
    assert sum("refused status=503" in line for line in endings) == 1
    assert len(endings) == 4, endings
    assert "Traceback" not in process.output
    assert status in (0, 128 + number, -number), process.output
    zai.wait(lambda state: not state["open"])


def test_an_idle_service_ends_at_once(process: Process) -> None:
    with RawCaller(process.url) as caller:
        caller.send(caller.head("GET", "/health/live"))
        caller.read_until(b"live")
        process.end()
    assert "Traceback" not in process.output


def test_who_does_not_read_holds_nothing_up(process: Process, zai: Any) -> None:
    with RawCaller(process.url, receive_buffer=4096) as caller:
        caller.ask("sim:flood sim:events=900000")
        zai.wait(lambda state: state["open"])
        process.end()
    assert "interrupted" in process.endings()[-1]
    assert "Traceback" not in process.output


def unchunked(answer: bytes) -> bytes:
    """The body of an answer whose chunks each hold whole events."""
    _, _, body = answer.partition(b"\r\n\r\n")
    return b"".join(body.split(b"\r\n")[1::2])
