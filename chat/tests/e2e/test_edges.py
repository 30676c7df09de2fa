"""Connections that send nothing, heads that trickle, callers who take nothing."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from chat.exchange import descriptors
from chat.tests.development import running
from chat.tests.e2e.process import COMMANDS, started
from chat.tests.e2e.raw_caller import RawCaller
from chat.tests.e2e.watched import Watched
from chat.tests.serving import Service, service_for
from chat.tests.waiting import eventually
from chat.web import bounded, connections

BIG = "sim:big=3500"  # kB: a longer event counts as unreadable
PARSERS = ["httptools", "h11"]


@pytest.fixture
def swift(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.3)
    monkeypatch.setattr(connections, "SWEEP_SECONDS", 0.05)


@pytest.fixture(params=PARSERS)
def either(zai: Any, request: pytest.FixtureRequest) -> Iterator[Service]:
    with service_for(http=request.param) as service:
        yield service


@pytest.mark.usefixtures("swift")
def test_who_sends_nothing_is_not_waited_for(either: Service) -> None:
    with RawCaller(either.url) as caller:
        assert caller.read_to_end() == b""


@pytest.mark.usefixtures("swift")
@pytest.mark.parametrize("before", [0, 1])
def test_a_head_that_trickles_is_not_waited_for(either: Service, before: int) -> None:
    with RawCaller(either.url) as caller:
        for _ in range(before):
            caller.send(caller.head("GET", "/health/live"))
            caller.read_until(b'"live"}')
            caller.received = b""
        caller.send(b"GET /health HTTP/1.1\r\n")

        assert caller.read_to_end().startswith(b"HTTP/1.1 408 ")


@pytest.mark.usefixtures("swift")
def test_who_is_being_answered_is_left_alone(watched: Watched) -> None:
    with RawCaller(watched.service.url) as caller:
        caller.ask("sim:stall=2@3")
        caller.read_until(b"[DONE]")


UPGRADE = (
    b"GET /api/chat HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n"
    b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


@pytest.mark.usefixtures("swift")
def test_a_connection_that_was_upgraded_does_not_end_the_watch_over_others(
    either: Service, caplog: pytest.LogCaptureFixture
) -> None:
    with RawCaller(either.url) as upgraded:
        upgraded.send(UPGRADE)
        assert upgraded.read_to_end().startswith(b"HTTP/1.1 403 ")
        for _ in range(2):
            with RawCaller(either.url) as silent:
                assert silent.read_to_end() == b""
    assert "Exception in callback" not in caplog.text


@pytest.mark.usefixtures("swift")
def test_a_kept_connection_is_kept(either: Service) -> None:
    with RawCaller(either.url) as idle, RawCaller(either.url) as other:
        for caller in (idle, other):
            caller.send(caller.head("GET", "/health/live"))
            caller.read_until(b'"live"}')
        with RawCaller(either.url) as silent:
            assert silent.read_to_end() == b""  # so much time has passed
        idle.received = b""
        idle.send(idle.head("GET", "/health/live"))
        idle.read_until(b'"live"}')


ENDLESS = [
    b"GET /health HTTP/1.1\r\nX: " + b"a" * 2 * bounded.HEAD_BYTES,
    b"GET /health HTTP/1.1\r\n" + b"a:b\r\n" * 2 * bounded.HEAD_FIELDS,
    b"GET /" + b"a" * 2 * bounded.HEAD_BYTES,
]


@pytest.mark.parametrize("head", ENDLESS, ids=["value", "fields", "path"])
@pytest.mark.parametrize("end", [b"", b"\r\nHost: 127.0.0.1\r\n\r\n"])
def test_no_head_is_taken_in_without_end(
    service: Service, head: bytes, end: bytes
) -> None:
    if head.startswith(b"GET /a") and end:
        end = b" HTTP/1.1" + end
    with RawCaller(service.url) as caller:
        caller.send(head + end)
        answer = caller.read_to_end()

    assert b" 200 " not in answer
    assert httpx.get(f"{service.url}/health/live", trust_env=False).is_success


def test_a_second_head_is_not_taken_in_without_end(watched: Watched) -> None:
    """While the first request is being answered."""
    with RawCaller(watched.service.url) as caller:
        caller.ask("sim:stall=60@3")
        caller.read_until(b"data: ")
        caller.send(ENDLESS[0])
        caller.read_to_end()
        assert watched.service.ended().ending == "client_disconnected"


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "FIRST_SECONDS", 0.3)
    monkeypatch.setattr(connections, "SWEEP_SECONDS", 0.05)


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("stream", [True, False])
def test_who_takes_nothing_at_first_is_soon_gone(
    watched: Watched, stream: bool
) -> None:
    """And not only after CHAT_WRITE_TIMEOUT_SECONDS, a minute."""
    with RawCaller(watched.service.url, receive_buffer=4096) as caller:
        caller.ask(BIG, stream=stream)

        assert watched.service.ended().ending == "client_disconnected"
        assert watched.nothing_is_left()
        assert len(caller.read_to_end()) < 2 * connections.LITTLE_BYTES


@pytest.mark.usefixtures("hasty")
def test_who_has_taken_something_may_pause(watched: Watched) -> None:
    with RawCaller(watched.service.url, receive_buffer=4096) as caller:
        caller.ask(BIG)
        while len(caller.received) < 2 * connections.LITTLE_BYTES:
            caller.read_until(b"data: ")
            caller.received += caller._socket.recv(65536)
        with RawCaller(watched.service.url, receive_buffer=4096) as deaf:
            deaf.ask(BIG)
            assert watched.service.ended().ending == "client_disconnected"
        caller.read_until(b"[DONE]")
    assert watched.service.ended().ending == "completed"


def test_who_takes_no_page_is_gone_too(
    watched: Watched, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """uvicorn would wait for ever, with the page in memory."""
    monkeypatch.setattr(connections, "SWEEP_SECONDS", 0.05)
    settings.CHAT_WRITE_TIMEOUT_SECONDS = 0.5
    before = descriptors.connections
    with ExitStack() as callers:
        for _ in range(5):
            caller = RawCaller(watched.service.url, receive_buffer=2048)
            callers.enter_context(caller)
            caller.send(caller.head("GET", "/api/openapi.json") * 3)
        eventually(lambda: descriptors.connections - before == 5)
        eventually(lambda: descriptors.connections == before)
    assert watched.nothing_is_left()


def test_the_kernel_takes_little_ahead(watched: Watched) -> None:
    with RawCaller(watched.service.url, receive_buffer=4096) as caller:
        caller.ask(BIG)
        caller.read_until(b"data: ")
        eventually(lambda: watched.zai.state()["requests"])
        number = caller._socket.getsockname()[1]
        eventually(lambda: 0 < unsent_to(number) < 256 * 1024)


def unsent_to(port: int) -> int:
    """Bytes that the kernel holds for the caller at `port` of this machine."""
    with open("/proc/net/tcp") as table:
        for line in table:
            fields = line.split()
            if fields[2].endswith(f":{port:04X}"):
                return int(fields[4].partition(":")[0], 16)
    return 0


def test_counted_connections_are_those_that_are_open(service: Service) -> None:
    before = descriptors.connections
    with ExitStack() as stack:
        for _ in range(7):
            stack.enter_context(socket.create_connection(address_of(service)))
        eventually(lambda: descriptors.connections == before + 7)
    eventually(lambda: descriptors.connections == before)


def address_of(service: Service) -> tuple[str, int]:
    host, _, port = service.url.removeprefix("http://").partition(":")
    return host, int(port)


@pytest.mark.once
@pytest.mark.parametrize("command", COMMANDS)
def test_however_it_is_started(command: str, zai: Any, tmp_path: Path) -> None:
    with started(tmp_path, command, ZAI_BASE_URL=zai.base_url) as process:
        process.wait_until_it_listens()
        with RawCaller(process.url) as caller:
            caller.send(ENDLESS[1])
            assert caller.read_to_end().startswith(b"HTTP/1.1 431 ")


@pytest.mark.once
def test_under_runserver(tmp_path: Path) -> None:
    with running(tmp_path, "runserver", "{port}") as process:
        process.until(lambda: process.get("/health/live"))
        with RawCaller(f"http://127.0.0.1:{process.port}") as caller:
            caller.send(ENDLESS[1])
            assert caller.read_to_end().startswith(b"HTTP/1.1 431 ")


def test_another_server_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    async def send(message: object) -> None:
        raise AssertionError

    assert connections.bound(send) is None
    assert "left to the server" in caplog.text
