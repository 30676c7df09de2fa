"""SIGTERM, and the end of a supervisor, as new callers and the next start see them."""

import contextlib
import signal
import time
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from chat.tests.conftest import DONE, frames
from chat.tests.e2e.conftest import eventually
from chat.tests.e2e.process import COMMANDS, Process, started
from chat.tests.e2e.raw_caller import RawCaller
from chat.tests.e2e.test_shutdown import unchunked

SUPERVISED = [name for name in COMMANDS if name != "uvicorn"]
BODY = {"messages": [{"role": "user", "content": "Hello"}]}
# Streams that last for about 4 seconds, and a grace that is longer.
STREAM = "sim:trickle=0.1 sim:events=40"
GRACE = "20"


def ask(process: Process, path: str = "/api/chat") -> httpx.Response | None:
    """What a new caller gets; None if the connection was refused."""
    url = process.url + path
    with contextlib.suppress(httpx.ConnectError):
        if path == "/api/chat":
            return httpx.post(url, json=BODY, timeout=10, trust_env=False)
        return httpx.get(url, timeout=10, trust_env=False)
    return None


def workers(process: Process) -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process(process.popen.pid).children()
        if "resource_tracker" not in " ".join(child.cmdline())
    ]


def serving(process: Process) -> list[psutil.Process]:
    """The workers, or the one process where there are none."""
    return workers(process) or [psutil.Process(process.popen.pid)]


@contextlib.contextmanager
def open_streams(process: Process, count: int) -> Any:
    """Streams, read to their end afterwards."""
    callers = [RawCaller(process.url) for _ in range(count)]
    for caller in callers:
        caller.ask(STREAM)
        caller.read_until(b"data: ")
    yield
    for caller in callers:
        *_, last = frames(unchunked(caller.read_to_end()))
        assert last == DONE
        caller.close()


@pytest.mark.parametrize("command", COMMANDS)
def test_new_callers_hear_at_once_that_it_stops(
    zai: Any, tmp_path: Path, command: str
) -> None:
    variables = {"ZAI_BASE_URL": zai.base_url, "CHAT_SHUTDOWN_GRACE_SECONDS": GRACE}
    with started(tmp_path, command, **variables) as process:
        process.wait_until_it_listens()
        with open_streams(process, 6):
            process.popen.send_signal(signal.SIGTERM)

            def stops() -> bool:
                ready = ask(process, "/health/ready")
                return ready is None or ready.status_code == 503

            eventually(stops, 5)
            told: list[httpx.Response | None] = []
            while not told or (answer := ask(process)) is not None:
                told.append(ask(process) if not told else answer)
                live = ask(process, "/health/live")
                assert live is None or live.status_code == 200
                ready = ask(process, "/health/ready")
                assert ready is None or ready.status_code == 503
                time.sleep(0.05)
        process.popen.wait(30)
        assert "Traceback" not in process.output
    answers = [answer for answer in told if answer is not None]
    late = [answer for answer in answers if answer.status_code != 200]
    assert len(answers) - len(late) <= 6, "those that came before the word was out"
    for answer in late:
        assert answer.status_code == 503
        assert answer.json()["error"]["code"] == "shutting_down"
        assert answer.headers["retry-after"] == "5"
        assert answer.headers["connection"] == "close"
    if command == "uvicorn with workers":
        assert len(late) > 5, "the streams took a while"
