"""What the dialects write is of the shapes that OpenAPI describes, byte for byte."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from msgspec import structs

from chat.conversation import ChatRequest
from chat.event import Batch
from chat.failures import Stopped
from chat.observation import Observation
from chat.protocols import Dialect, known_models
from chat.protocols.answers import OpenAIChatEvent, QueueEvent, WholeFrame
from chat.protocols.dialects import NATIVE, OPENAI
from chat.protocols.error_shapes import (
    Error,
    ErrorFrame,
    OpenAIError,
    OpenAIErrorFrame,
    find_kinds,
)
from chat.protocols.ui_chunks import UIChunk
from chat.protocols.ui_messages import UIMessages
from chat.upstream.repair import Repair

UI_MESSAGES = UIMessages()
USAGE = {"prompt_tokens": 4, "completion_tokens": 2, "total_tokens": 6}
CALL = {"id": "c", "index": 0, "function": {"name": "weather", "arguments": "{}"}}
BROKEN = {"id": "d", "index": 1, "function": {"name": "weather", "arguments": "{"}}
SAID = [
    {"reasoning_content": "Hm."},
    {"content": "Hello"},
    {"tool_calls": [CALL]},
    {"tool_calls": [BROKEN]},
]
FAILURES = [
    kind("No.", param=param, retry_after=seconds)
    for kind in find_kinds()
    for param in (None, "messages")
    for seconds in (None, 7)
]


def payloads(stream: bytes) -> list[bytes]:
    frames = stream.split(b"\n\n")
    return [frame[6:] for frame in frames if frame.startswith(b"data: ")]


def is_of(shape: Any, payload: bytes) -> bool:
    """Whether `payload` is what `shape` is encoded to: nothing more, nothing else."""
    return msgspec.json.encode(msgspec.json.decode(payload, type=shape)) == payload


def written(dialect: Dialect, **parameters: Any) -> list[bytes]:
    """Write an answer in which everything occurs; return its payloads."""
    head = {"id": "x", "created": 5, "model": "glm-4.6"}
    events: list[dict[str, Any]] = [
        {**head, "choices": [{"index": 0, "delta": delta}]} for delta in SAID
    ]
    last = {"index": 0, "delta": {}, "finish_reason": "tool_calls"}
    found = [{"link": "https://a.example", "title": "A"}, {"link": "https://b.example"}]
    events[1]["web_search"] = found
    events.append({**head, "choices": [last], "usage": USAGE})
    asked = ChatRequest([], "glm-4.6", stream=True, parameters=parameters)
    observation, repair = Observation(), Repair("glm-4.6")
    writer, out = dialect.writer(asked, "req_1", observation), b""
    for event in events:
        batch, mended = Batch(), repair.mend(msgspec.json.encode(event), None)
        assert mended
        batch.payloads.append(mended[0])
        batch.events.append(mended[1])
        observation.saw(batch)
        out += writer.frames(batch)
    return payloads(out + writer.done())


WORDS = [{"role": "assistant", "content": f'a\n{n}"🧵'} for n in range(12)]
THOUGHTS = [{"role": "assistant", "reasoning_content": f"b{n}"} for n in range(12)]
BOTH = [{"role": "assistant", "content": "c", "reasoning_content": "d"}]
EMPTY = [{"role": "assistant", "content": ""}]
TOLD = [*THOUGHTS, *EMPTY, *BOTH, *WORDS, *THOUGHTS, *BOTH, *SAID, *WORDS, *WORDS]


def write(dialect: Dialect, together: int) -> bytes:
    """Write an answer of which so many events come together."""
    head = {"id": "x", "created": 5, "model": "glm-4.6"}
    events = [{**head, "choices": [{"index": 0, "delta": delta}]} for delta in TOLD]
    events[30]["web_search"] = [{"link": "https://a.example"}]
    events[-20]["id"] = "y"
    events[-3]["usage"] = USAGE
    events[-2]["choices"][0]["finish_reason"] = "stop"
    repair, observation = Repair("glm-4.6"), Observation()
    mended = [repair.mend(msgspec.json.encode(event), None) for event in events]
    asked = ChatRequest([], "glm-4.6", stream=True)
    writer, out = dialect.writer(asked, "req_1", observation), b""
    for start in range(0, len(mended), together):
        batch = Batch()
        for pair in mended[start : start + together]:
            assert pair
            batch.payloads.append(pair[0])
            batch.events.append(pair[1])
        observation.saw(batch)
        out += writer.frames(batch)
    observation.first_word = None  # a time
    return out + writer.done()


@pytest.mark.parametrize("together", [2, 5, 17, len(TOLD)])
@pytest.mark.parametrize(
    "dialect", [NATIVE, OPENAI, UI_MESSAGES], ids=lambda dialect: dialect.name
)
def test_it_makes_no_difference_which_events_come_together(
    dialect: Dialect, together: int
) -> None:
    assert payloads(write(dialect, together)) == payloads(write(dialect, 1))


def test_every_chunk_for_use_chat() -> None:
    *chunks, done = written(UI_MESSAGES)
    assert done == b"[DONE]"
    for chunk in chunks:
        assert is_of(UIChunk, chunk), chunk
    kinds = {msgspec.json.decode(chunk)["type"] for chunk in chunks}
    assert kinds == set(_tags()) - {"abort", "error", "data-queue"}


@pytest.mark.parametrize("seconds", [6, None])
@pytest.mark.parametrize(
    ("dialect", "shape", "notices"),
    [
        (NATIVE, QueueEvent, True),
        (UI_MESSAGES, UIChunk, False),
        (NATIVE, None, False),
        (OPENAI, None, False),
    ],
)
def test_where_somebody_stands_in_line(
    dialect: Dialect, shape: Any, notices: bool, seconds: int | None
) -> None:
    asked = ChatRequest([], "glm-4.6", stream=True, notices=notices)
    told = dialect.writer(asked, "req_1", Observation()).queued(2, seconds)
    if shape is None:
        assert told == (b": queued 2 6\n\n" if seconds else b": queued 2\n\n")
        return
    [payload] = payloads(told)
    assert is_of(shape, payload)
    event = msgspec.json.decode(payload)
    assert event.get("queue", event.get("data")) == {"position": 2, "seconds": seconds}


def _tags() -> Iterator[str]:
    for shape in UIChunk.__args__:
        yield shape.__struct_config__.tag


@pytest.mark.parametrize("apart", [False, True])
def test_what_ends_an_answer_for_openais_clients(apart: bool) -> None:
    parameters = {"stream_options": {"include_usage": True}} if apart else {}
    *events, done = written(OPENAI, **parameters)
    assert done == b"[DONE]"
    ends = events[-2:] if apart else events[-1:]
    for event in ends:
        assert is_of(OpenAIChatEvent, event), event
    told = [msgspec.json.decode(event) for event in events]
    choices = [event["choices"] for event in told if event["choices"]]
    reasons = [choice.get("finish_reason") for [choice] in choices]
    assert reasons == [None] * (len(reasons) - 1) + ["tool_calls"]
    assert [event["usage"] for event in told if "usage" in event] == [USAGE]
    assert "usage" in told[-1]
    assert bool(told[-1]["choices"]) is not apart


def test_what_ends_an_answer_of_our_own() -> None:
    last = written(NATIVE)[-1]
    assert last == b'{"data": "[DONE]"}'
    assert msgspec.json.decode(last, type=WholeFrame)


@pytest.mark.parametrize("failure", FAILURES, ids=lambda f: type(f).__name__)
@pytest.mark.parametrize(
    ("dialect", "error", "frame"),
    [
        (NATIVE, Error, ErrorFrame),
        (OPENAI, OpenAIError, OpenAIErrorFrame),
        (UI_MESSAGES, None, UIChunk),
    ],
    ids=["native", "openai", "ui-messages"],
)
def test_every_failure(dialect: Dialect, error: Any, frame: Any, failure: Any) -> None:
    asked = ChatRequest([], "glm-4.6", stream=True)
    if error:
        assert is_of(error, dialect.error(failure, "req_1"))
    writer = dialect.writer(asked, "req_1", Observation())
    [broken_off] = payloads(writer.broken_off(failure))
    assert is_of(frame, broken_off)


EARLY = b'{"message":"No.","type":"stopped_error","code":"stopped","param":"a"'
LATE = b'"param":"a","request_id":"req_1","status":503,"retry_after":3}}'


@pytest.mark.parametrize(
    ("dialect", "error", "frame"),
    [
        (
            NATIVE,
            b'{"detail":"No.","error":' + EARLY + b',"request_id":"req_1"}}',
            b'{"error":{"message":"No.","type":"streaming_error","code":"stopped",'
            + LATE,
        ),
        (
            OPENAI,
            b'{"error":' + EARLY + b"}}",
            b'{"error":{"message":"No.","type":"stopped_error","code":"stopped",'
            + LATE,
        ),
        (UI_MESSAGES, b"No.", b'{"type":"error","errorText":"No."}'),
    ],
    ids=["native", "openai", "ui-messages"],
)
def test_the_bytes_of_a_failure(dialect: Dialect, error: bytes, frame: bytes) -> None:
    failure = Stopped("No.", param="a", retry_after=3)
    assert dialect.error(failure, "req_1") == error
    asked = ChatRequest([], "glm-4.6", stream=True)
    writer = dialect.writer(asked, "req_1", Observation())
    assert payloads(writer.broken_off(failure)) == [frame]


def test_the_bytes_of_what_stands_around_the_words_for_use_chat() -> None:
    head = b'"messageMetadata":{"requestId":"req_1","model":"glm-4.6"'
    start, step, *_, end_step, finish, _ = written(UI_MESSAGES)
    assert start == b'{"type":"start","messageId":"req_1",' + head + b"}}"
    assert (step, end_step) == (b'{"type":"start-step"}', b'{"type":"finish-step"}')
    tokens = b'{"inputTokens":4,"outputTokens":2}'
    beginning = b'{"type":"finish","finishReason":"tool-calls",' + head
    assert finish.startswith(beginning + b',"usage":' + tokens + b',"firstWordMs":')


def test_an_error_says_the_same_in_each_place() -> None:
    failure = Stopped("An operator stopped it.", param="a", code="b", retry_after=3)
    early = msgspec.json.decode(NATIVE.error(failure, "req_1"), type=Error).error
    writer = NATIVE.writer(ChatRequest([], "m", stream=True), "req_1", Observation())
    [payload] = payloads(writer.broken_off(failure))
    late = structs.asdict(msgspec.json.decode(payload, type=ErrorFrame).error)
    assert late == {
        **structs.asdict(early),
        "type": "streaming_error",
        "status": failure.status,
        "retry_after": 3,
    }


def test_models_are_of_their_shapes() -> None:
    listing = known_models.list_models()
    assert msgspec.convert(listing, known_models.KnownModels)
    first = listing["data"][0]
    assert first == known_models.describe_model(first["id"])
