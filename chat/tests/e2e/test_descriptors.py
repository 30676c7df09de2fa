"""A process that may open few files: it says so, refuses early, and lives on."""

import contextlib
import resource
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from chat.tests.e2e.process import COMMANDS, Process, started
from chat.tests.e2e.raw_caller import RawCaller

pytestmark = pytest.mark.once

FEW = 512
WARNING = "chat.exchange.descriptors: File descriptors run short"


@contextlib.contextmanager
def limited(
    folder: Path, command: str, zai: Any, soft: int, hard: int
) -> Iterator[Process]:
    words = f'ulimit -Sn {soft}; ulimit -Hn {hard}; exec "$@"'
    name = f"{command} limited"
    COMMANDS[name] = ("bash", "-c", words, "bash", *COMMANDS[command])
    try:
        with started(folder, name, ZAI_BASE_URL=zai.base_url) as process:
            process.wait_until_it_listens()
            yield process
    finally:
        del COMMANDS[name]


def get(process: Process, path: str = "/health/live") -> int:
    url = process.url + path
    return httpx.get(url, trust_env=False, timeout=10).status_code


def ask(process: Process, **body: Any) -> httpx.Response:
    asked = {"messages": [{"role": "user", "content": "Hello"}], **body}
    url = f"{process.url}/api/chat"
    return httpx.post(url, json=asked, trust_env=False, timeout=20)


def test_the_soft_limit_is_raised(zai: Any, tmp_path: Path) -> None:
    with limited(tmp_path, "uvicorn", zai, FEW, 4 * FEW) as process:
        soft, hard = process.server().rlimit(resource.RLIMIT_NOFILE)
    assert (soft, hard) == (4 * FEW, 4 * FEW)


@pytest.mark.parametrize("half", [b"", b"GET /health HTTP/1.1\r\nHo"])
def test_connections_that_ask_nothing_make_room(
    zai: Any, tmp_path: Path, half: bytes
) -> None:
    with (
        limited(tmp_path, "uvicorn", zai, FEW, FEW) as process,
        contextlib.ExitStack() as stack,
    ):
        for _ in range(3 * FEW):
            caller = stack.enter_context(RawCaller(process.url))
            caller.send(half)
        for _ in range(5):
            assert get(process) == 200
        assert process.output.count(WARNING) == 1


def test_exchanges_are_refused_before_health_is(zai: Any, tmp_path: Path) -> None:
    with (
        limited(tmp_path, "uvicorn", zai, FEW, FEW) as process,
        contextlib.ExitStack() as stack,
    ):
        callers = []
        for _ in range(FEW):
            callers.append(stack.enter_context(RawCaller(process.url)))
            with contextlib.suppress(ConnectionError):
                callers[-1].ask("sim:stall=60@3")
        states = [head_of(caller) for caller in callers]
        # Connections that come meanwhile take most of them.
        assert states.count(b"200") >= FEW // 32
        assert states.count(b"503") >= FEW // 8
        assert set(states) <= {b"200", b"503", b""}
        for _ in range(5):
            assert get(process) == get(process, "/health/ready") == 200
        refused = ask(process)
        assert refused.status_code == 503
        assert refused.json()["error"]["code"] == "at_capacity"
        assert int(refused.headers["retry-after"]) > 0
        assert process.output.count(WARNING) == 1
        assert "Traceback" not in process.output
        stack.close()
        deadline = time.monotonic() + 20
        while (again := ask(process)).status_code == 503:
            assert time.monotonic() < deadline
        assert again.status_code == 200


def head_of(caller: RawCaller) -> bytes:
    try:
        return caller.read_until(b"\r\n\r\n").split()[1]
    except (AssertionError, ConnectionError):
        return b""
