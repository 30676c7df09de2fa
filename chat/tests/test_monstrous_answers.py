"""Answers of Z.AI's that are too much: refused, and nobody else waits for them."""

from typing import Any

import pytest

from chat.tests.e2e.heart import STALL_SECONDS, Heart
from chat.tests.frames import DONE, frames, text_of
from chat.tests.scripted_zai import answering, scripted
from chat.tests.serving import Ended, point_at, service_for
from chat.upstream.limits import LONGEST_EVENT, MOST_AT_ONCE, MOST_VALUES

pytestmark = pytest.mark.once

FIRST = b'data: {"id":"1","choices":[{"delta":{"content":"one"}}]}\n\n'
LAST = b'data: {"id":"1","choices":[{"delta":{},"finish_reason":"stop"}]}\n\n'
MONSTERS = {
    "values": b'data: {"id":"1","web_search":[%s1]}\n\n' % (b"1," * (MOST_VALUES + 1)),
    "arrays": b'data: {"error":%s}\n\n' % (b"[" * 4_000_000),
    "objects": b'data: {"id":"1","web_search":[%s{}]}\n\n' % (b"{}," * 2_000_000),
    "no end": b"data: " + b"a" * (LONGEST_EVENT + 1),
    "no end, in lines": b"data: a\n" * (LONGEST_EVENT // 8 + 1),
    "depth": b'data: {"error":%s%s}\n\n' % (b"[" * 20_000, b"]" * 20_000),
    "attempts": b"data: {" + b"data: " * 1_000_000 + b"\n\n",
}


def ask(settings: Any, *parts: bytes, **body: Any) -> tuple[Any, Ended, float]:
    """What came of it, what the log has of it, and how long the event loop stalled."""
    heart = Heart()
    with scripted(answering(LAST), answering(*parts)) as base_url:
        point_at(settings, base_url)
        settings.ZAI_MAX_TRIES = 1
        with service_for(app=heart) as service:
            service.post()  # what is done once, is done now
            service.ended()
            heart.longest_stall = 0.0
            response = service.post(**body)
            return response, service.ended(), heart.longest_stall


@pytest.mark.parametrize("monster", MONSTERS)
def test_an_event_that_is_too_much_breaks_off(settings: Any, monster: str) -> None:
    response, ended, stall = ask(settings, FIRST, MONSTERS[monster], LAST)
    assert text_of(response.content) == "one"
    assert frames(response.content)[-1]["error"]["code"] == "upstream_failed"
    assert ended.ending == "upstream_failed"
    assert len(ended.line) < 500
    assert stall < STALL_SECONDS


@pytest.mark.parametrize("monster", [m for m in MONSTERS if m != "no end, in lines"])
def test_a_whole_answer_that_is_too_much_is_unreadable(
    settings: Any, monster: str
) -> None:
    body = MONSTERS[monster].removeprefix(b"data: ").strip()
    response, ended, stall = ask(settings, body, stream=False)
    assert response.status_code == 502
    assert ended.ending == "upstream_failed"
    assert stall < STALL_SECONDS


def test_very_many_events_at_once_all_arrive(settings: Any) -> None:
    many = 2 * MOST_AT_ONCE
    event = b'data: {"id":"1","choices":[{"delta":{"content":"x"}}]}\n\n'
    response, ended, stall = ask(settings, FIRST, event * many, LAST)
    assert len(text_of(response.content)) == many + len("one")
    assert frames(response.content)[-1] == DONE
    assert stall < STALL_SECONDS
