"""Of the body of who is not let in nothing is read, and nothing is waited for."""

import json
from itertools import product
from typing import Any

import pytest

from chat.tests.access.locked import (
    HELLO,
    client_with_key,
    lock,
    wait_until_known,
)
from chat.tests.e2e.raw_caller import RawCaller
from chat.tests.serving import service_for
from chat.tests.waiting import SECONDS
from chat.web import connection

pytestmark = pytest.mark.once

DOORS = ["/api/chat", "/api/chat/", "/v1/chat/completions", "/v1/responses"]
WRONG = "Authorization: Bearer zc_" + "x" * 43
MEGABYTES = "Content-Length: 10000000"
KEYS: dict[str, list[str]] = {
    "no key": [],
    "a wrong key": [WRONG],
    "two headers": [WRONG, WRONG],
    "no token": ["Authorization: Bearer eyJ.e30.x"],
}
HEADS = {
    "announced": [MEGABYTES],
    "in pieces": ["Transfer-Encoding: chunked"],
    "held back": [MEGABYTES, "Expect: 100-continue"],
    "empty": ["Content-Length: 0", "Connection: close"],
    "none": ["Connection: close"],
}


@pytest.fixture(autouse=True)
def _locked(settings: Any, monkeypatch: pytest.MonkeyPatch, zai: Any) -> None:
    lock(settings, monkeypatch)


@pytest.mark.parametrize("head", HEADS)
def test_the_answer_comes_before_any_of_the_body(
    head: str, service: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One service for all doors and keys: to start it takes longer than they do."""
    monkeypatch.setattr(connection, "QUIET_SECONDS", 0.02)  # nobody sends anything
    for path, sent in product(DOORS, KEYS):
        with RawCaller(service.url) as caller:
            caller.send(caller.head("POST", path, *KEYS[sent], *HEADS[head]))
            # None of it was sent: whoever waited for it would wait for ever.
            answer = caller.read_until(b"}")
            assert answer.startswith(b"HTTP/1.1 401 "), (path, sent)
            assert b"100 Continue" not in caller.read_to_end(), (path, sent)


def test_a_right_key_is_told_to_send_its_body(zai: Any) -> None:
    _, key = client_with_key()
    body = json.dumps(HELLO).encode()
    with service_for() as service, RawCaller(service.url) as caller:
        wait_until_known(key)
        words = [f"Authorization: Bearer {key}", f"Content-Length: {len(body)}"]
        caller.send(caller.head("POST", "/api/chat", *words, "Expect: 100-continue"))
        caller.read_until(b"100 Continue")
        caller.send(body)
        assert b"data: " in caller.read_until(b"[DONE]")


def test_what_is_sent_all_the_same_is_not_kept(
    zai: Any, service: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Who is refused may send for so long after the answer; here, until all has come.
    monkeypatch.setattr(connection, "QUIET_SECONDS", SECONDS)
    with RawCaller(service.url) as caller:
        caller.send(caller.head("POST", "/api/chat", WRONG, "Content-Length: 3000000"))
        caller.read_until(b"}")
        caller.send(b"x" * 3_000_000)
        assert caller.read_to_end().count(b"HTTP/1.1") == 1
    assert zai.state()["total"] == 0
