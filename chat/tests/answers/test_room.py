"""What is kept stays in its bound, and nobody who follows waits for another."""

import tracemalloc
from typing import Any

import pytest

from chat.answers.answer import Answer
from chat.answers.owner import Owner
from chat.answers.relay import close, relay
from chat.answers.shelf import shelf
from chat.conversation import ChatRequest
from chat.observation import Observation
from chat.protocols.dialects import NATIVE
from chat.tests.answers.returning import Browser, without_comments
from chat.tests.e2e.raw_caller import RawCaller
from chat.tests.e2e.watched import Watched
from chat.tests.gate.conftest import soon
from chat.tests.ports import free_port
from chat.tests.waiting import eventually
from chat.web import leaving

pytestmark = pytest.mark.django_db(transaction=True)

FLOOD = "sim:flood sim:events=60000"


@pytest.mark.parametrize("joins_late", [False, True])
def test_one_who_takes_nothing_holds_nobody_up(
    watched: Watched,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    joins_late: bool,
) -> None:
    monkeypatch.setattr(leaving, "SECONDS_TO_HOLD_UP", 0.3)
    settings.CHAT_WRITE_TIMEOUT_SECONDS = 10_000
    with (
        RawCaller(watched.service.url, receive_buffer=4096) as stalled,
        Browser(watched.service.url) as browser,
    ):
        stalled.ask(FLOOD, on_leave="finish", id="chat1")
        eventually(lambda: len(shelf) == 1)
        identity = next(iter(shelf._answers))
        if joins_late:
            eventually(lambda: _has_stalled(identity))
        whole = without_comments(browser.resume(identity).content)
        assert b"[DONE]" in whole[-40:]
        assert watched.service.ended().answer == "whole"
        assert without_comments(browser.resume(identity).content) == whole
    assert watched.nothing_is_left()


async def test_two_thousand_kept_answers_stay_in_their_bound(settings: Any) -> None:
    settings.CHAT_KEEP_BYTES = 2_000_000
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number in range(2_000):
            shelf.end(_written(f"req_{number:032}"))
            assert shelf.size <= settings.CHAT_KEEP_BYTES
        held = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert 100 < len(shelf) < 2_000
    assert held < 1.25 * settings.CHAT_KEEP_BYTES
    assert shelf.of_request(f"req_{1999:032}")
    assert not shelf.of_request(f"req_{0:032}")


async def test_nothing_piles_up_while_redis_is_away(settings: Any) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    there = relay()
    assert there
    for number in range(50):
        answer = _written(f"req_{number:032}")
        answer.owner, answer.chat_id = Owner(known="1 anna"), f"chat{number}"
        there.tell(answer)
    assert there._replaced
    await soon(lambda: not there._replaced)
    shelf.clear()
    await close()


async def test_what_waits_for_redis_is_within_the_bound(settings: Any) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    settings.CHAT_KEEP_BYTES = 200_000
    there = relay()
    assert there
    answers = []
    for number in range(200):
        is_whole = bool(number % 2)
        answers.append(answer := _written(f"req_{number:032}", is_whole))
        there.tell(answer)
        shelf.end(answer)
    held = [one.frames.pieces for one in answers if one.frames]
    assert sum(len(piece) for pieces in held for piece in pieces) < shelf.size
    assert 0 < shelf.size <= settings.CHAT_KEEP_BYTES
    await close()
    shelf.clear()
    assert shelf.size == 0


def _written(identity: str, is_whole: bool = True) -> Answer:
    """An answer of 50 frames that has been sent, and is on the shelf."""
    asked = ChatRequest([], "", stream=True)
    answer = Answer(identity, Owner(), asked, NATIVE, None)
    answer.keep(shelf.grew)
    shelf.put(answer)
    assert answer.frames
    for number in range(50):
        answer.frames.add(b"data: %b%d\n\n" % (b"x" * 150, number))
    writer = answer.through(NATIVE.writer(asked, identity, Observation()))
    if is_whole:
        writer.done()
    return answer


_seen: dict[str, int] = {}


def _has_stalled(identity: str) -> bool:
    """Nothing has come since it was asked last."""
    answer = shelf.of_request(identity)
    assert answer and answer.frames
    before, _seen[identity] = _seen.get(identity), len(answer.frames.pieces)
    return bool(before) and before == _seen[identity]
