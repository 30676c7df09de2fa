"""Connections to Z.AI: kept, replaced, never shared in cookies, without a limit."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest

from chat.tests.e2e.raw_caller import RawCaller
from chat.tests.e2e.watched import Watched
from chat.tests.frames import DONE, frames
from chat.tests.scripted_zai import answering, scripted
from chat.tests.serving import point_at, service_for
from chat.tests.waiting import SECONDS

pytestmark = pytest.mark.once

WHOLE = (
    b'data: {"id":"1","created":1,"model":"m","choices":'
    b'[{"index":0,"finish_reason":"stop","delta":{"content":"Hi"}}]}\n\n'
    b"data: [DONE]\n\n"
)
HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
    b"Set-Cookie: acw_tc=secret;path=/;HttpOnly\r\n"
    b"Content-Length: %d\r\n\r\n" % len(WHOLE)
)
TOLD_TO_WAIT = b'{"error":{"code":"1210","message":"too far from the start"}}'


class Keeping:
    """A Z.AI that keeps connections; `heads` has what it was sent on which."""

    def __init__(self, answers_a_connection: int = 100) -> None:
        self.heads: list[tuple[int, bytes]] = []
        self._limit = answers_a_connection
        self._connections: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()
        self.base_url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/v4"

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(SECONDS)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._connections.append(connection)
                thread = threading.Thread(
                    target=self._serve, args=(len(self._connections), connection)
                )
                self._threads.append(thread)
                thread.start()

    def _serve(self, number: int, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            for _ in range(self._limit):
                data = b""
                while not data.endswith(b"}"):
                    if not (more := connection.recv(65536)):
                        return
                    data += more
                self.heads.append((number, data.partition(b"\r\n\r\n")[0].lower()))
                connection.sendall(HEAD + WHOLE)
            # The next request is taken, and then the connection dies.
            connection.recv(65536)


@pytest.fixture
def keeping(settings: Any) -> Iterator[Keeping]:
    server = Keeping()
    point_at(settings, server.base_url)
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def forgetful(settings: Any) -> Iterator[Keeping]:
    server = Keeping(answers_a_connection=1)
    point_at(settings, server.base_url)
    try:
        yield server
    finally:
        server.stop()


def test_connections_are_kept(keeping: Keeping) -> None:
    with service_for() as service:
        for _ in range(3):
            assert frames(service.post().content)[-1] == DONE
            assert service.ended().tries == 1
    assert [number for number, _ in keeping.heads] == [1, 1, 1]


def test_a_dead_connection_is_replaced_and_counts_as_no_try(
    forgetful: Keeping,
) -> None:
    with service_for() as service:
        for _ in range(3):
            assert frames(service.post().content)[-1] == DONE
            assert service.ended().tries == 1
    assert [number for number, _ in forgetful.heads] == [1, 2, 3]


def test_many_dead_connections_are_replaced_in_one_try(
    forgetful: Keeping, settings: Any
) -> None:
    settings.ZAI_MAX_TRIES = 1
    with service_for() as service, ThreadPoolExecutor(5) as callers:
        for _ in callers.map(lambda _: service.post(), range(5)):
            assert service.ended().ending == "completed"
        assert frames(service.post().content)[-1] == DONE
        assert service.ended().tries == 1


def test_cookies_never_go_back_and_answers_come_uncompressed(keeping: Keeping) -> None:
    with service_for() as service:
        for _ in range(2):
            assert "set-cookie" not in service.post().headers
    for _, head in keeping.heads:
        assert b"cookie" not in head
        assert b"accept-encoding: identity" in head
        assert head.count(b"accept-encoding") == 1


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary"])
def test_redirects_are_not_followed(
    keeping: Keeping, settings: Any, status: str
) -> None:
    settings.ZAI_MAX_TRIES = 1
    redirect = answering(status=f"{status}\r\nLocation: {keeping.base_url}/elsewhere")
    with scripted(redirect) as base_url:
        point_at(settings, base_url)
        with service_for() as service:
            response = service.post()
            assert response.status_code == 502
            assert keeping.base_url not in response.text
    assert not keeping.heads


def test_an_error_body_in_pieces_is_read_whole(settings: Any) -> None:
    pieces = [TOLD_TO_WAIT[i : i + 7] for i in range(0, len(TOLD_TO_WAIT), 7)]

    def slowly(connection: socket.socket) -> None:
        answering(status="400 Bad Request", kind="application/json")(connection)
        for piece in pieces:
            connection.sendall(piece)
            threading.Event().wait(0.02)

    with scripted(slowly) as base_url:
        point_at(settings, base_url)
        with service_for() as service:
            assert service.post().json()["detail"] == "too far from the start"


def test_two_hundred_streams_at_once(watched: Watched) -> None:
    with ExitStack() as stack:
        callers = [
            stack.enter_context(RawCaller(watched.service.url)) for _ in range(200)
        ]
        for caller in callers:
            caller.ask("sim:stall=60@3")
        for caller in callers:
            caller.read_until(b"data: ")
        assert watched.zai.state()["open"] == 200
    assert watched.z_ai_was_left()
    assert watched.nothing_is_left()


@pytest.mark.parametrize("scheme", ["http://", ""])
def test_a_proxy_of_the_environment_is_used(
    keeping: Keeping, settings: Any, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    place = keeping.base_url.removesuffix("/v4").removeprefix("http://")
    monkeypatch.setenv("http_proxy", scheme + place)
    monkeypatch.delenv("no_proxy", raising=False)
    point_at(settings, "http://z-ai.invalid/v4")
    with service_for() as service:
        assert frames(service.post().content)[-1] == DONE
    [(_, head)] = keeping.heads
    assert head.startswith(b"post http://z-ai.invalid/v4/chat/completions http/1.1")


def test_a_name_excepted_from_the_proxy_goes_direct(
    keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with service_for() as service:
        assert frames(service.post().content)[-1] == DONE
    assert keeping.heads


@pytest.mark.parametrize("stream", [True, False])
def test_a_body_of_many_megabytes_reaches_z_ai(watched: Watched, stream: bool) -> None:
    image = {"url": "data:image/png;base64," + "A" * 4_000_000}
    parts = [{"type": "image_url", "image_url": image}, {"type": "text", "text": "Hi"}]
    body = {
        "model": "glm-4.6v",
        "messages": [{"role": "user", "content": parts}],
        "stream": stream,
    }
    assert watched.service.send(body).is_success
    ended = watched.service.ended()
    assert (ended.ending, ended.finish_reason) == ("completed", "stop")
