"""Large bodies share a budget: of what has arrived, given back on every way out."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from chat.tests.e2e.raw_caller import RawCaller
from chat.tests.e2e.watched import Watched
from chat.tests.frames import DONE, frames
from chat.tests.requestlog.closed_rows import only_row
from chat.tests.waiting import eventually
from chat.web.budget import BUDGET, SMALL_BYTES

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]

SIZE = 300_000


@pytest.fixture
def filled(watched: Watched, settings: Any) -> Iterator[RawCaller]:
    """A caller whose body has come but for its last byte, and fills the budget."""
    settings.CHAT_BODY_BUDGET_BYTES = SIZE + 100_000
    with RawCaller(watched.service.url) as caller:
        send(caller, padded("sim:stall=60@1", SIZE)[:-1], missing=1)
        eventually(lambda: BUDGET.held == SIZE - 1)
        yield caller


def send(caller: RawCaller, body: bytes, missing: int = 0) -> None:
    length = f"Content-Length: {len(body) + missing}"
    caller.send(caller.head("POST", "/api/chat", length) + body)


def padded(text: str, size: int) -> bytes:
    body = {"messages": [{"role": "user", "content": text}]}
    return json.dumps(body).encode().ljust(size)


def post(watched: Watched, body: bytes, path: str = "/api/chat") -> httpx.Response:
    head = {"Content-Type": "application/json"}
    url = f"{watched.service.url}{path}"
    return httpx.post(url, content=body, headers=head, timeout=20, trust_env=False)


def test_who_sends_more_than_is_left_is_told_to_come_back(
    watched: Watched, filled: RawCaller
) -> None:
    response = post(watched, padded("Hello", SIZE))
    assert response.status_code == 503
    assert response.json()["error"]["code"] == "at_capacity"
    assert int(response.headers["Retry-After"]) > 0
    ended = watched.service.ended()
    assert (ended.ending, ended.status) == ("refused", 503)
    assert (only_row().ending, only_row().status) == ("refused", 503)
    assert BUDGET.held == SIZE - 1


def test_small_bodies_always_pass(watched: Watched, filled: RawCaller) -> None:
    response = post(watched, padded("Hello", SMALL_BYTES))
    assert frames(response.content)[-1] == DONE


def test_announced_sizes_reserve_nothing(watched: Watched, settings: Any) -> None:
    settings.CHAT_BODY_BUDGET_BYTES = SIZE + 100_000
    with RawCaller(watched.service.url) as caller:
        send(caller, b"{", missing=SIZE)
        response = post(watched, padded("Hello", SIZE))
    assert frames(response.content)[-1] == DONE


def test_who_asks_first_is_told_before_he_sends(
    watched: Watched, filled: RawCaller
) -> None:
    with RawCaller(watched.service.url) as caller:
        length = f"Content-Length: {SIZE}"
        caller.send(caller.head("POST", "/api/chat", length, "Expect: 100-continue"))
        caller.read_until(b"at_capacity")
        assert b"100 Continue" not in caller.received


def test_a_form_of_the_admin_is_told_too(watched: Watched, filled: RawCaller) -> None:
    response = post(watched, padded("Hello", SIZE), "/admin/login/")
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0


def test_it_is_held_for_as_long_as_the_exchange(
    watched: Watched, filled: RawCaller
) -> None:
    filled.send(b" ")
    filled.read_until(b"data: ")
    assert BUDGET.held == SIZE
    filled.close()
    eventually(lambda: BUDGET.held == 0)


@pytest.mark.parametrize("reset", [True, False])
def test_who_leaves_before_the_end_gives_it_back(
    watched: Watched, filled: RawCaller, reset: bool
) -> None:
    filled.reset() if reset else filled.close()
    eventually(lambda: BUDGET.held == 0)


def test_a_body_that_is_too_slow_gives_it_back(watched: Watched, settings: Any) -> None:
    settings.CHAT_BODY_TIMEOUT_SECONDS = 0.5
    with RawCaller(watched.service.url) as caller:
        send(caller, padded("Hello", SIZE), missing=1)
        caller.read_until(b"body_timeout")
        assert BUDGET.held == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (padded("Hello", SIZE), 200),
        (padded("sim:error=1210", SIZE), 400),
        (b"{" * SIZE, 400),
        (b"[" + b" " * SIZE, 400),
        (b"\xff" * SIZE, 400),
    ],
)
def test_every_answer_gives_it_back(watched: Watched, body: bytes, status: int) -> None:
    assert post(watched, body).status_code == status
    eventually(lambda: BUDGET.held == 0)
