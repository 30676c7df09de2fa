"""An answer of Z.AI's breaks, in every way HTTP can: noticed at once, and told."""

import gzip
import logging
import socket
import time
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest

from chat.tests.frames import DONE, frames, text_of
from chat.tests.scripted_zai import Script, answering, scripted
from chat.tests.serving import Ended, point_at, service_for

pytestmark = pytest.mark.once

SECRET = b"SECRET-OF-THE-ANSWER"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
NOTICED_WITHIN = 5.0  # the timeouts of what is never noticed are of a minute


def event(text: str) -> bytes:
    choice = {"index": 0, "delta": {"content": text}}
    body = {"id": "1", "created": 1, "model": "m", "choices": [choice]}
    return b"data: " + msgspec.json.encode(body) + b"\n\n"


def completion(text: str) -> bytes:
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return msgspec.json.encode({"id": "1", "created": 1, "choices": [choice]})


WHOLE = answering(
    event("Hello"),
    b'data: {"id":"1","choices":[{"delta":{},"finish_reason":"stop"}]}\n\n',
    b"data: [DONE]\n\n",
)
WHOLE_COMPLETION = answering(completion("Hello"), kind="application/json")


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def stays(*parts: bytes) -> Script:
    """Send `parts`, one packet each, and keep the connection until it is closed."""

    def play(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for part in parts:
            connection.sendall(part)
            time.sleep(0.05)  # so that each is a read of its own
        connection.recv(1)

    return play


def leaves(*parts: bytes, reset: bool = False) -> Script:
    def play(connection: socket.socket) -> None:
        for part in parts:
            connection.sendall(part)
            time.sleep(0.05)
        if reset:
            linger = bytes([1, 0, 0, 0, 0, 0, 0, 0])
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    return play


def in_body(begin: bytes) -> dict[str, Script]:
    """The faults of a body of which `begin` has come."""
    squeezed = gzip.compress(begin * 100)
    packed = HEAD + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    measured = HEAD + b"Content-Length: 10000\r\n\r\n"
    return {
        "no size": stays(CHUNKED, chunk(begin), SECRET + b"\r\n"),
        "a negative size": stays(CHUNKED, chunk(begin), b"-5\r\n" + SECRET),
        "a huge size": stays(CHUNKED, chunk(begin), b"f" * 40 + b"\r\n" + SECRET),
        "a longer chunk": stays(CHUNKED, chunk(begin), b"2\r\nab" + SECRET + b"\r\n"),
        "an end amid a chunk": leaves(CHUNKED, chunk(begin), b"ff\r\n" + SECRET),
        "an end between chunks": leaves(CHUNKED, chunk(begin)),
        "a reset amid a chunk": leaves(
            CHUNKED, chunk(begin), b"ff\r\n" + SECRET, reset=True
        ),
        "an end before its length": leaves(measured, begin),
        "a reset before its length": leaves(measured, begin, reset=True),
        "an end without length": leaves(HEAD + b"\r\n", begin),
        "a reset without length": leaves(HEAD + b"\r\n", begin, reset=True),
        "no gzip": stays(packed, chunk(SECRET)),
        "broken gzip": stays(packed, chunk(squeezed[:20]), chunk(SECRET * 9)),
        "half of a gzip": leaves(packed, chunk(squeezed[:-9])),
        "trailers that are none": stays(
            CHUNKED, chunk(begin), b"0\r\n" + SECRET + b"\r\n\r\n"
        ),
    }


IN_HEAD: dict[str, Script] = {
    "no HTTP": stays(SECRET + b"\r\n\r\n"),
    "a banner": stays(b"SSH-2.0-OpenSSH_9.6\r\n" + SECRET),
    "another version": stays(b"HTTP/9.9 200 OK\r\n\r\n" + SECRET),
    "a status that is none": stays(b"HTTP/1.1 2x0 OK\r\n\r\n" + SECRET),
    "a length that is none": stays(HEAD + b"Content-Length: " + SECRET + b"\r\n\r\n"),
    "two lengths": stays(HEAD + b"Content-Length: 5\r\nContent-Length: 9\r\n\r\n"),
    "a negative length": stays(HEAD + b"Content-Length: -5\r\n\r\n"),
    "a line without end": stays(HEAD + b"X: " + SECRET * 2000),
    "a header without colon": stays(HEAD + SECRET + b"\r\n\r\n"),
    "too many headers": stays(HEAD + b"X: 1\r\n" * 1000 + b"\r\n"),
    "a NUL in a header": stays(HEAD + b"X: \0" + SECRET + b"\r\n\r\n"),
    "an end amid the head": leaves(HEAD + SECRET),
    "a reset amid the head": leaves(HEAD + SECRET, reset=True),
    "an end before the head": leaves(),
    "a reset before the head": leaves(reset=True),
    "another protocol": stays(
        b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"
    ),
    "no body": leaves(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "bad framing at once": stays(CHUNKED + SECRET + b"\r\n"),
}
BEFORE = {**IN_HEAD, **in_body(b": a comment\n\n")}
AMID = in_body(event("one"))
AMID_WHOLE = in_body(completion("one")[:40])


class Spoken(logging.Handler):
    """All that our code said."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    @property
    def text(self) -> str:
        return "\n".join(logging.Formatter().format(r) for r in self.records)


@pytest.fixture
def ask(settings: Any) -> Callable[..., tuple[httpx.Response, Ended]]:
    settings.ZAI_FIRST_EVENT_TIMEOUT = settings.ZAI_SILENCE_TIMEOUT = 60
    settings.ZAI_ANSWER_TIMEOUT = settings.CHAT_HEARTBEAT_SECONDS = 60
    settings.CHAT_OPEN_AFTER_SECONDS = 60

    def ask(*scripts: Script, **body: Any) -> tuple[httpx.Response, Ended]:
        spoken = Spoken()
        logger = logging.getLogger("chat")
        logger.addHandler(spoken)
        try:
            with scripted(*scripts) as base_url:
                point_at(settings, base_url)
                with service_for() as service:
                    begun = time.monotonic()
                    response = service.post(**body)
                    assert time.monotonic() - begun < NOTICED_WITHIN
                    ended = service.ended()
        finally:
            logger.removeHandler(spoken)
        assert "Traceback" not in spoken.text
        for secret in (SECRET.decode(), "test-secret", "Bearer", "\\x"):
            assert secret not in spoken.text + response.text
        return response, ended

    return ask


@pytest.mark.parametrize("fault", BEFORE)
@pytest.mark.parametrize("stream", [True, False])
def test_what_breaks_before_the_first_event_is_tried_again(
    ask: Any, settings: Any, fault: str, stream: bool
) -> None:
    settings.ZAI_MAX_TRIES = 2
    response, ended = ask(BEFORE[fault], stream=stream)
    assert response.status_code == 502
    assert response.json()["error"]["code"] == "upstream_failed"
    assert (ended.ending, ended.error_status) == ("upstream_failed", 502)
    assert ended.tries == 2


@pytest.mark.parametrize("stream", [True, False])
def test_and_the_next_try_may_answer(ask: Any, stream: bool) -> None:
    whole = WHOLE if stream else WHOLE_COMPLETION
    response, ended = ask(BEFORE["no size"], whole, stream=stream)
    assert response.status_code == 200
    assert ended.ending == "completed"
    assert ended.tries == 2


@pytest.mark.parametrize("fault", AMID)
def test_what_breaks_in_mid_stream_ends_at_once(ask: Any, fault: str) -> None:
    response, ended = ask(AMID[fault])
    if "gzip" not in fault:  # what is packed comes only when it can be unpacked
        assert text_of(response.content) == "one"
    assert ended.ending == "upstream_failed"
    if text_of(response.content):
        assert frames(response.content)[-1]["error"]["code"] == "upstream_failed"
        assert ended.error_status == 502


@pytest.mark.parametrize("fault", AMID_WHOLE)
def test_a_whole_answer_that_breaks_is_zais_failure(
    ask: Any, settings: Any, fault: str
) -> None:
    settings.ZAI_MAX_TRIES = 1
    response, ended = ask(AMID_WHOLE[fault], stream=False)
    assert response.status_code == 502
    assert (ended.ending, ended.error_status) == ("upstream_failed", 502)


def test_what_breaks_after_the_last_event_is_whole(ask: Any) -> None:
    whole = event("Hello") + (
        b'data: {"id":"1","choices":[{"delta":{},"finish_reason":"stop"}]}\n\n'
    )
    response, ended = ask(stays(CHUNKED, chunk(whole), SECRET + b"\r\n"))
    assert frames(response.content)[-1] == DONE
    assert (ended.ending, ended.finish_reason) == ("completed", "stop")


@pytest.mark.parametrize("kind", ["text/html; charset=hex", "x; charset=utf-16", "?"])
def test_an_error_keeps_its_status_whatever_its_body(ask: Any, kind: str) -> None:
    script = answering(b"\xff\xfe" + SECRET, status="429 Too Many Requests", kind=kind)
    response, _ = ask(script, WHOLE)
    assert response.status_code == 200


def test_an_error_whose_body_breaks_keeps_its_status(ask: Any, settings: Any) -> None:
    settings.ZAI_MAX_TRIES = 1
    head = CHUNKED.replace(b"200 OK", b"529 Overloaded")
    response, _ = ask(stays(head, SECRET + b"\r\n"))
    assert response.status_code == 429
