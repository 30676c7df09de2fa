"""Bodies that are too large, come too slowly, or not at all; and how they are told."""

import json
import time
from typing import Any

import pytest

from chat.tests.e2e.raw_caller import RawCaller
from chat.tests.e2e.watched import Watched
from chat.tests.waiting import eventually
from chat.web import connection

pytestmark = pytest.mark.once

LIMIT = 10_000


@pytest.fixture
def caller(watched: Watched, settings: Any) -> Any:
    settings.CHAT_MAX_BODY_BYTES = LIMIT
    with RawCaller(watched.service.url) as caller:
        yield caller


def announcing(caller: RawCaller, *headers: str) -> None:
    caller.send(caller.head("POST", "/api/chat", *headers))


def refused(caller: RawCaller, status: int, code: str) -> bool:
    """Read to the end of the connection: a whole answer in the shape of errors."""
    head, _, body = caller.read_to_end().partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode()), head
    assert head.lower().count(b"connection: close") == 1
    if b"chunked" in head:
        body = b"".join(body.split(b"\r\n")[1::2])
    answer = json.loads(body)
    assert answer["detail"] == answer["error"]["message"]
    return bool(answer["error"]["code"] == code)


def test_an_announced_size_is_refused_before_the_body(
    watched: Watched, caller: RawCaller
) -> None:
    announcing(caller, f"Content-Length: {LIMIT + 1}")
    assert refused(caller, 413, "body_too_large")
    ended = watched.service.ended()
    assert (ended.ending, ended.status) == ("refused", 413)
    assert watched.nothing_is_left()


def test_the_largest_body_allowed_is_taken(watched: Watched, caller: RawCaller) -> None:
    text = "x" * (LIMIT - 59)
    body = json.dumps({"messages": [{"role": "user", "content": text}]})
    body = body.ljust(LIMIT)
    announcing(caller, f"Content-Length: {LIMIT}", "Connection: close")
    caller.send(body.encode())
    assert b"[DONE]" in caller.read_to_end()


def test_a_chunked_body_is_refused_when_it_passes_the_limit(
    watched: Watched, caller: RawCaller
) -> None:
    announcing(caller, "Transfer-Encoding: chunked")
    for _ in range(LIMIT // 1000 + 1):
        caller.send(b"3e8\r\n%s\r\n" % (b" " * 1000))
    assert refused(caller, 413, "body_too_large")
    ended = watched.service.ended()
    assert (ended.ending, ended.status) == ("refused", 413)


def test_who_is_still_sending_can_read_the_refusal(
    watched: Watched, caller: RawCaller
) -> None:
    announcing(caller, "Content-Length: 8000000")
    for _ in range(8):
        caller.send(b" " * 1_000_000)
    assert refused(caller, 413, "body_too_large")


def test_who_waits_for_100_continue_gets_it(caller: RawCaller) -> None:
    request = caller.request()
    head, _, body = request.partition(b"\r\n\r\n")
    caller.send(head + b"\r\nExpect: 100-continue\r\n\r\n")
    caller.read_until(b"HTTP/1.1 100 Continue\r\n\r\n")
    caller.send(body)
    caller.read_until(b"[DONE]")


def test_who_asks_first_whether_to_send_too_much_is_told_at_once(
    caller: RawCaller,
) -> None:
    announcing(caller, f"Content-Length: {LIMIT + 1}", "Expect: 100-continue")
    assert refused(caller, 413, "body_too_large")


def test_a_body_that_trickles_is_given_up(
    watched: Watched, caller: RawCaller, settings: Any
) -> None:
    settings.CHAT_BODY_TIMEOUT_SECONDS = 0.2
    announcing(caller, "Content-Length: 5000")
    caller.send(b'{"mess')
    assert refused(caller, 408, "body_timeout")
    ended = watched.service.ended()
    assert (ended.ending, ended.status) == ("refused", 408)
    assert watched.nothing_is_left()


def test_who_goes_on_trickling_can_read_why_it_was_given_up(
    caller: RawCaller, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CHAT_BODY_TIMEOUT_SECONDS = 0.2
    monkeypatch.setattr(connection, "QUIET_SECONDS", 1.0)
    announcing(caller, "Content-Length: 5000")
    begun = time.monotonic()
    while time.monotonic() < begun + 3:
        caller.send(b" ")  # raises once the connection is closed or reset
        time.sleep(0.1)
    assert refused(caller, 408, "body_timeout")


def test_who_trickles_for_ever_is_cut_off(
    watched: Watched,
    caller: RawCaller,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.CHAT_BODY_TIMEOUT_SECONDS = 0.2
    monkeypatch.setattr(connection, "LINGER_SECONDS", 1.0)
    announcing(caller, "Content-Length: 5000")

    def is_cut_off() -> bool:
        try:
            caller.send(b" ")
        except ConnectionError:
            return True
        return False

    eventually(is_cut_off)
    assert watched.nothing_is_left()


def test_a_chunked_body_without_end_is_given_up(
    caller: RawCaller, settings: Any
) -> None:
    settings.CHAT_BODY_TIMEOUT_SECONDS = 0.2
    announcing(caller, "Transfer-Encoding: chunked")
    caller.send(b"2\r\n{}\r\n")
    assert refused(caller, 408, "body_timeout")


def test_who_leaves_in_the_midst_of_a_body_was_never_there(
    watched: Watched, caller: RawCaller
) -> None:
    announcing(caller, "Content-Length: 5000")
    caller.send(b'{"mess')
    caller.close()
    assert watched.nothing_is_left()
    assert watched.service.endings.empty()
    assert watched.zai.state()["total"] == 0


def test_a_body_cut_short_is_no_json(watched: Watched, caller: RawCaller) -> None:
    announcing(caller, "Content-Length: 12", "Connection: close")
    caller.send(b'{"messages":')
    assert refused(caller, 400, "invalid_request")


@pytest.mark.parametrize("path", ["/", "/admin/login/", "/health", "/nowhere"])
def test_the_limit_holds_at_every_door(
    watched: Watched, caller: RawCaller, path: str
) -> None:
    caller.send(caller.head("POST", path, "Content-Length: 800000000"))
    caller.send(b" " * 100_000)
    assert caller.read_to_end().startswith((b"HTTP/1.1 4", b"HTTP/1.1 2"))
    assert watched.nothing_is_left()


def test_requests_follow_each_other_on_one_connection(
    watched: Watched, caller: RawCaller
) -> None:
    for _ in range(3):
        caller.ask()
        caller.read_until(b"[DONE]")
        caller.received = b""
        assert watched.service.ended().ending == "completed"


def test_requests_may_be_sent_ahead_of_the_answers(
    watched: Watched, caller: RawCaller
) -> None:
    caller.send(3 * caller.request("sim:slow=0.05 sim:events=3"))
    for _ in range(3):
        assert watched.service.ended().ending == "completed"
    assert watched.nothing_is_left()


def test_who_sends_ahead_and_leaves_is_not_answered_further(
    watched: Watched, caller: RawCaller, settings: Any
) -> None:
    settings.CHAT_HEARTBEAT_SECONDS = 0.1  # uvicorn does not notice before
    caller.send(caller.request("sim:stall=60@3") + caller.request())
    caller.read_until(b"data: ")
    caller.close()
    assert watched.service.ended().ending == "client_disconnected"
    assert watched.nothing_is_left()
    assert watched.zai.state()["total"] == 1


def test_what_is_no_http_harms_nobody(watched: Watched, caller: RawCaller) -> None:
    caller.send(b"\x16\x03\x01\x02\x00 not http at all\r\n\r\n")
    assert caller.read_to_end().startswith(b"HTTP/1.1 400")
    assert watched.nothing_is_left()
