"""A body refused before it was read whole is refused in the words of its writer."""

import asyncio
import threading
from typing import Any

import httpx
import pytest

from chat.tests.e2e.raw_caller import RawCaller
from chat.tests.e2e.watched import Watched
from chat.tests.requestlog.closed_rows import only_row
from chat.tests.serving import Service, service_for
from chat.tests.waiting import SECONDS, eventually
from chat.web import body, connection
from chat.web.application import service as application
from chat.web.handler import Handler

pytestmark = pytest.mark.once

LIMIT = 10_000
USE_CHAT = (
    b'{"id":"c","messages":[{"parts":[{"type":"file","mediaType":"image/png",'
    b'"url":"data:image/png;base64,iVBORw0KGgo'
)
TRIGGER = b'{"trigger": "submit-message", "messages": ['
NATIVE = b'{"messages":[{"role":"user","content":"\\"parts\\":[ \\"trigger\\":\\"x\\"'
A_TOOL = b'{"tools":[{"parameters":{"properties":{"parts":{},"trigger":{}}}}],'
TOOLS_FIRST = (
    b'{"tools":[{"description":"%s"}],"id":"c",' % (b"x" * 5_000) + TRIGGER[1:]
)
FAR_INTO_IT = b" " * body.BEGINNING_BYTES + USE_CHAT
TEXT = b"text/plain; charset=utf-8"
JSON = b"application/json"
TOO_LARGE = f"The body is larger than {LIMIT} bytes.".encode()


@pytest.fixture(autouse=True)
def _quickly(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.CHAT_MAX_BODY_BYTES = LIMIT
    monkeypatch.setattr(connection, "QUIET_SECONDS", 0.3)


@pytest.fixture
def caller(service: Service) -> Any:
    with RawCaller(service.url) as caller:
        yield caller


def announce(caller: RawCaller, *headers: str, path: str = "/api/chat") -> None:
    caller.send(caller.head("POST", path, *headers))


def told(caller: RawCaller, status: int) -> tuple[bytes, bytes]:
    """The media type and the body of a refusal."""
    head, _, body = caller.read_to_end().partition(b"\r\n\r\n")
    first, *lines = head.lower().split(b"\r\n")
    assert first.startswith(f"http/1.1 {status} ".encode()), head
    fields = dict(line.split(b": ", 1) for line in lines)
    if b"chunked" in fields.get(b"transfer-encoding", b""):
        body = b"".join(body.split(b"\r\n")[1::2])
    return fields[b"content-type"], body


@pytest.mark.parametrize(
    ("beginning", "media", "dialect"),
    [
        (USE_CHAT, TEXT, "ui-messages"),
        (TRIGGER, TEXT, "ui-messages"),
        (TOOLS_FIRST, TEXT, "ui-messages"),
        (NATIVE, JSON, "native"),
        (A_TOOL, JSON, "native"),
        (FAR_INTO_IT, JSON, "native"),
    ],
)
def test_too_large_as_announced(
    caller: RawCaller, beginning: bytes, media: bytes, dialect: str
) -> None:
    announce(caller, "Content-Length: 8000000")
    caller.send(beginning.ljust(body.BEGINNING_BYTES))

    assert told(caller, 413)[0] == media
    row = only_row()
    assert (row.dialect, row.ending, row.status) == (dialect, "refused", 413)


def test_the_sentence_is_all_that_use_chat_gets(caller: RawCaller) -> None:
    announce(caller, "Content-Length: 8000000")
    caller.send(USE_CHAT.ljust(body.BEGINNING_BYTES))

    assert told(caller, 413) == (TEXT, TOO_LARGE)


def test_a_whole_image_sent_at_once(caller: RawCaller) -> None:
    image = USE_CHAT.ljust(8_000_000, b"A")
    announce(caller, f"Content-Length: {len(image)}")
    caller.send(image)

    assert told(caller, 413) == (TEXT, TOO_LARGE)


@pytest.mark.parametrize("piece", [500, 20_000])
def test_too_large_by_and_by(caller: RawCaller, piece: int) -> None:
    announce(caller, "Transfer-Encoding: chunked")
    image = USE_CHAT.ljust(20_000, b"A")
    for at in range(0, len(image), piece):
        caller.send(b"%x\r\n%s\r\n" % (piece, image[at : at + piece]))

    assert told(caller, 413) == (TEXT, TOO_LARGE)
    assert only_row().dialect == "ui-messages"


def test_too_slow(caller: RawCaller, settings: Any) -> None:
    settings.CHAT_BODY_TIMEOUT_SECONDS = 0.3
    announce(caller, "Content-Length: 5000")
    caller.send(USE_CHAT)

    assert told(caller, 408) == (TEXT, b"The body did not arrive in time.")
    assert only_row().dialect == "ui-messages"


def test_other_doors_know_no_use_chat(caller: RawCaller) -> None:
    announce(caller, "Content-Length: 8000000", path="/v1/chat/completions")
    caller.send(USE_CHAT.ljust(body.BEGINNING_BYTES))

    assert told(caller, 413)[0] == JSON
    assert only_row().dialect == "openai"


def test_who_asks_first_is_not_told_to_go_on(
    caller: RawCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body, "BEGINNING_SECONDS", SECONDS * 10)
    announce(caller, "Content-Length: 8000000", "Expect: 100-continue")

    assert told(caller, 413)[0] == JSON  # and not, before it, 100


def test_who_sends_nothing_is_not_waited_for(
    caller: RawCaller, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body, "BEGINNING_SECONDS", 0.1)
    settings.CHAT_BODY_TIMEOUT_SECONDS = SECONDS * 10
    announce(caller, "Content-Length: 8000000")

    assert told(caller, 413)[0] == JSON


def test_who_leaves_before_the_first_piece_was_never_there(
    watched: Watched, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body, "BEGINNING_SECONDS", SECONDS * 10)
    settings.CHAT_BODY_TIMEOUT_SECONDS = SECONDS * 10
    with RawCaller(watched.service.url) as caller:
        announce(caller, "Content-Length: 800000000")
        eventually(lambda: not watched.loop.tasks() <= watched.idle)

    assert watched.nothing_is_left()
    assert watched.service.endings.empty()


class Stoppable:
    """The service, with a way to shut it down from a test's thread."""

    def __init__(self) -> None:
        self._handler = Handler()
        self._serve = application(self._handler)
        self.is_reading = threading.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self._loop = asyncio.get_running_loop()

        async def receive_and_tell() -> Any:
            message = await receive()
            if message["type"] == "http.request":
                self.is_reading.set()
            return message

        await self._serve(scope, receive_and_tell, send)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._handler.disconnect_all)


def test_a_first_piece_that_tells_nothing(zai: Any) -> None:
    app = Stoppable()
    with service_for(app=app) as service, RawCaller(service.url) as caller:
        announce(caller, "Content-Length: 8000000")
        caller.send(USE_CHAT[:5])
        assert app.is_reading.wait(SECONDS)
        caller.send(USE_CHAT[5:].ljust(body.BEGINNING_BYTES))

        assert told(caller, 413) == (TEXT, TOO_LARGE)


def test_shutting_down(zai: Any) -> None:
    app = Stoppable()
    with service_for(app=app) as service, RawCaller(service.url) as caller:
        announce(caller, "Content-Length: 5000")
        caller.send(USE_CHAT)
        assert app.is_reading.wait(SECONDS)
        app.stop()

        assert told(caller, 503) == (TEXT, b"The chat service is being restarted.")
        assert only_row().dialect == "ui-messages"


@pytest.mark.parametrize(
    ("status", "method", "headers"),
    [
        (415, "POST", {"Content-Type": "text/html"}),
        (405, "PUT", {"Content-Type": "application/json"}),
        (400, "POST", {"Host": "elsewhere.example"}),
    ],
)
def test_a_body_that_is_there_but_not_looked_at(
    service: Service, status: int, method: str, headers: dict[str, str]
) -> None:
    url = f"{service.url}/api/chat"
    answer = httpx.request(
        method, url, content=USE_CHAT, headers=headers, trust_env=False
    )

    assert answer.status_code == status
    assert answer.headers["content-type"] == TEXT.decode()
    assert "{" not in answer.text
    assert only_row().dialect == "ui-messages"
