"""What is noted of an answer's events, by a clock that the test moves."""

from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from chat.event import BROKEN, WHOLE, Batch, Event, decode_event
from chat.observation import LONGEST_ID, LONGEST_REASON, Observation
from chat.tests.clock import Clock

USAGE = {"prompt_tokens": 3, "completion_tokens": 4}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("chat.observation.time", SimpleNamespace(monotonic=clock))
    return clock


def event(delta: Any = None, reason: str | None = None, **more: Any) -> Event:
    choice = {"delta": delta or {}, "finish_reason": reason}
    if reason is None:
        del choice["finish_reason"]
    fields = {"id": "1", "model": "glm-4.6", "choices": [choice], **more}
    return decode_event(msgspec.json.encode(fields))


def said(word: str = "word") -> Event:
    return event({"content": word})


def observed(*events: Event, one_by_one: bool = True) -> Observation:
    seen = Observation()
    for batch in [[e] for e in events] if one_by_one else [list(events)]:
        see(seen, *batch)
    return seen


def see(seen: Observation, *events: Event) -> None:
    batch = Batch()
    batch.events += events
    seen.saw(batch)


def test_what_was_not_seen_is_none() -> None:
    seen = Observation()
    for name in ("first_event", "first_sign", "first_word", "duration", "events"):
        assert getattr(seen, name) is None, name
    for name in ("finish_reason", "usage", "answered_model", "upstream_id"):
        assert getattr(seen, name) is None, name
    assert not seen.is_whole
    assert not seen.seems_over


def test_times_are_seconds_since_it_was_made(clock: Clock) -> None:
    seen = Observation()
    clock.now += 1.5
    see(seen, event({"role": "assistant", "content": ""}))
    clock.now += 2
    see(seen, said())
    clock.now += 4
    see(seen, said(), event(reason="stop"))
    seen.end()
    assert (seen.first_event, seen.first_word, seen.duration) == (1.5, 3.5, 7.5)
    assert seen.events == 4


@pytest.mark.parametrize(
    "delta",
    [
        {"content": "word"},
        {"reasoning_content": "thought"},
        {"tool_calls": [{"index": 0, "id": "call"}]},
    ],
)
def test_a_word_a_thought_and_a_call_are_a_sign_of_life(
    delta: Any, clock: Clock
) -> None:
    seen = Observation()
    see(seen, event({"role": "assistant", "content": ""}))
    assert seen.first_sign is None
    clock.now += 3
    see(seen, event(delta))
    assert seen.first_sign == 3


@pytest.mark.parametrize("one_by_one", [True, False])
def test_the_first_word_is_one_that_a_user_sees(clock: Clock, one_by_one: bool) -> None:
    silent = [
        event({"content": "\n"}),
        event({"reasoning_content": "thought"}),
        event({"tool_calls": [{"index": 0, "id": "call"}]}),
    ]
    seen = observed(*silent, one_by_one=one_by_one)
    assert (seen.first_sign, seen.first_word, seen.has_words) == (0, None, True)
    clock.now += 8
    see(seen, said(), event({"reasoning_content": "more"}))
    clock.now += 1
    see(seen, said())
    assert (seen.first_sign, seen.first_word) == (0, 8)


def test_thoughts_alone_are_no_words() -> None:
    seen = observed(event({"reasoning_content": "thought"}), event(reason="length"))
    assert (seen.has_words, seen.first_word) == (False, None)


@pytest.mark.parametrize("reason", sorted(WHOLE))
def test_a_known_word_makes_it_whole(reason: str) -> None:
    assert observed(said(), event(reason=reason)).is_whole


@pytest.mark.parametrize("reason", sorted(BROKEN))
def test_a_word_that_says_the_opposite_never_does(reason: str) -> None:
    seen = observed(said(), event(reason=reason, usage=USAGE))
    seen.is_done = True
    assert not seen.is_whole
    assert not seen.seems_over


def test_an_unknown_word_makes_it_whole_with_something_more() -> None:
    seen = observed(said(), event(reason="eos_token"))
    assert not seen.is_whole
    seen.is_done = True
    assert seen.is_whole
    assert observed(said(), event(reason="eos_token", usage=USAGE)).is_whole


def test_usage_and_done_alone_make_nothing_whole() -> None:
    seen = observed(said(), event(usage=USAGE))
    seen.is_done = True
    assert not seen.is_whole


@pytest.mark.parametrize("one_by_one", [True, False])
@pytest.mark.parametrize(
    ("events", "over"),
    [
        ([said(), event(reason="stop")], True),
        ([said(), event({"content": "word"}, "stop")], False),
        ([said(), event({"content": "word"}, "stop", usage=USAGE)], True),
        ([event(reason="stop"), said()], False),  # GLM-4.5V tells it early
        ([event(reason="stop"), said(), event(reason="stop")], True),
        ([event(reason="stop"), said(), event(usage=USAGE)], True),
        ([event(reason="stop", usage=USAGE), said()], False),
        ([said(), event(usage=USAGE)], False),
        ([said(), event(reason="eos_token")], False),
        ([said(), event(reason="eos_token", usage=USAGE)], True),
        ([said()], False),
    ],
)
def test_nothing_more_is_expected_after_the_last_event(
    events: list[Event], over: bool, one_by_one: bool
) -> None:
    assert observed(*events, one_by_one=one_by_one).seems_over is over


def test_the_last_word_and_the_last_usage_count() -> None:
    seen = observed(
        event({"content": "a"}, "tool_calls", usage={"completion_tokens": 1}),
        event({"content": "b"}, "stop", usage={"completion_tokens": 2}),
        said(),
    )
    assert seen.finish_reason == "stop"
    assert seen.usage and seen.usage.completion_tokens == 2


def test_the_first_event_says_who_answers() -> None:
    seen = observed(said(), event(id="2", model="other"))
    assert (seen.upstream_id, seen.answered_model) == ("1", "glm-4.6")


def test_a_whole_answer_is_noted() -> None:
    message = {"choices": [{"message": {"content": "Hi"}, "finish_reason": "length"}]}
    fields = {"id": "1", "model": "glm-4.6", "usage": USAGE, **message}
    seen = Observation()
    seen.saw_completion(decode_event(msgspec.json.encode(fields)))
    assert (seen.finish_reason, seen.upstream_id) == ("length", "1")
    assert seen.is_whole
    assert seen.events is None  # it had none


def test_of_what_is_longer_than_its_place_the_beginning_is_kept() -> None:
    seen = observed(event({"content": "a"}, "r" * 1000, id="i" * 1000))
    seen.end()
    assert seen.finish_reason == "r" * LONGEST_REASON
    assert seen.upstream_id == "i" * LONGEST_ID


CALL = {"index": 0, "id": "c", "function": {"name": "f", "arguments": "{}"}}
MORE_THAN_WORDS = [
    (event(),),
    (event({"content": ""}),),
    (event({"reasoning_content": "word"}),),
    (event({"content": "word", "reasoning_content": "thought"}),),
    (event({"content": "word", "tool_calls": [CALL]}),),
    (event({"content": "word"}, "stop"),),
    (event({"content": "word"}, usage=USAGE),),
    (event({"content": "word"}, web_search=[{"link": "https://x.example"}]),),
    (said(), said()),
]


@pytest.mark.parametrize("events", MORE_THAN_WORDS)
def test_only_of_words_and_nothing_else_is_the_text_told(events: tuple[Event]) -> None:
    seen = observed(said())
    odd, plain = Batch(events=list(events)), Batch(events=[said("more")])
    seen.saw(odd)
    seen.saw(plain)
    assert (odd.text, plain.text) == (None, "more")
