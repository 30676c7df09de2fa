"""The dialect of Vercel's useChat: bytes in and out."""

from typing import Any

import msgspec
import pytest

from chat.conversation import ChatRequest
from chat.event import Batch
from chat.failures import Refused, UpstreamFailed
from chat.observation import Observation
from chat.protocols import tool_history
from chat.protocols.dialects import DOORS
from chat.protocols.ui_messages import UIMessages
from chat.protocols.ui_writer import UIMessagesWriter
from chat.tests.requestlog.closed_rows import only_row
from chat.tests.serving import Service
from chat.upstream.repair import Repair

[CHAT] = [door for door in DOORS if door.path == "/api/chat"]
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}
CALL: dict[str, Any] = {
    "type": "tool-weather",
    "toolCallId": "call_1",
    "state": "output-available",
    "input": {"city": "Rome"},
    "output": {"degrees": 21},
}


def says(text: str, role: str = "user") -> dict[str, Any]:
    return {"id": "m", "role": role, "parts": [{"type": "text", "text": text}]}


def asks(*messages: dict[str, Any], **body: Any) -> dict[str, Any]:
    """A body as the SDK's transport makes it."""
    return {**body, "id": "c", "messages": messages, "trigger": "submit-message"}


def read(*messages: dict[str, Any], **body: Any) -> ChatRequest:
    return UIMessages().read(msgspec.json.encode(asks(*messages, **body)))


def tool(name: str, call_id: str) -> dict[str, Any]:
    """What Z.AI is told of whose answer it is."""
    return {"role": "tool", "tool_call_id": call_id, "name": name}


def written(
    *events: dict[str, Any], to: dict[str, Any] | None = None, whole: bool = True
) -> list[Any]:
    """The chunks of an answer, one batch for each of Z.AI's events."""
    seen = Observation()
    asked = read(says("Hi"), *([to] if to else []), model="glm-4.6")
    writer = UIMessagesWriter(asked, "req_1", seen)
    out, repair = b"", Repair("glm-4.6")
    for event in events:
        batch = Batch()
        payload, read_event = repair.mend(msgspec.json.encode(event), None) or (
            b"",
            None,
        )
        assert read_event
        batch.payloads.append(payload)
        batch.events.append(read_event)
        seen.saw(batch)
        out += writer.frames(batch)
    return chunks(out + writer.done() if whole else out)


def chunks(body: bytes) -> list[Any]:
    frames = [f.removeprefix(b"data: ") for f in body.split(b"\n\n")[:-1]]
    assert all(b"\n" not in frame for frame in frames)
    return [
        "[DONE]" if frame == b"[DONE]" else msgspec.json.decode(frame)
        for frame in frames
        if not frame.startswith(b":")
    ]


def delta(finish_reason: str | None = None, **said: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": said, "finish_reason": finish_reason}
    return {"model": "glm-4.6", "created": 1, "choices": [choice]}


def call(arguments: str, index: int = 0, **fields: Any) -> dict[str, Any]:
    function = {"arguments": arguments, **fields.pop("function", {})}
    return delta(tool_calls=[{"index": index, "function": function, **fields}])


def types(answer: list[Any]) -> list[str]:
    return [c if isinstance(c, str) else c["type"] for c in answer]


def the(kind: str, answer: list[Any]) -> Any:
    [found] = [c for c in answer if c != "[DONE]" and c["type"] == kind]
    return found


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (asks(says("Hi")), "ui-messages"),
        ({"messages": [says("Hi")]}, "ui-messages"),
        ({"messages": [], "trigger": "regenerate-message"}, "ui-messages"),
        ({"id": "c", "message": says("Only the last")}, "ui-messages"),
        ({"id": "c", "messages": says("No list")}, "ui-messages"),
        ({"messages": None, "trigger": "submit-message"}, "ui-messages"),
        (
            {"messages": [{"role": "user", "content": '"parts" and "trigger"'}]},
            "native",
        ),
        ({"messages": [{"role": "user", "content": [{"parts": []}]}]}, "native"),
        ({"messages": [{"role": "user", "parts": None}], "trigger": None}, "native"),
        ({"messages": "parts", "parts": []}, "native"),
        ({"tools": [{"parts": []}]}, "native"),
        ([{"parts": []}], "native"),
    ],
)
def test_the_shape_of_a_body_tells_the_dialect(body: Any, name: str) -> None:
    assert CHAT.dialect_of(msgspec.json.encode(body)).name == name


@pytest.mark.parametrize("raw", [b"", b'{"trigger":', b'{"parts":"\xff"}'])
def test_what_cannot_be_read_is_native(raw: bytes) -> None:
    assert CHAT.dialect_of(raw).name == "native"


@pytest.mark.parametrize(
    "raw",
    [
        b'{"messages":[{"parts":[{"type":"text","text":"Hi',
        b'{"messages":[{"parts":[{"text":"\\ud83d"}]}]}',
        b'{"messages":[],"trigger":"submit-message",}',
    ],
)
def test_what_is_broken_is_told_by_its_words(raw: bytes) -> None:
    assert CHAT.dialect_of(raw).name == "ui-messages"


def test_parameters_are_those_of_the_native_dialect() -> None:
    asked = read(says("Hi"), model="glm-5", temperature=0.1, stream=False, store=False)

    assert (asked.model, asked.stream, asked.store) == ("glm-5", True, False)
    assert asked.parameters == {"temperature": 0.1, "max_tokens": 2048}


def test_text_is_a_string_and_what_says_nothing_is_left_out(settings: Any) -> None:
    settings.CHAT_SYSTEM_PROMPT = "Be kind."
    parts = [{"type": "text", "text": "One"}, {"type": "text", "text": "two"}]
    extra = [{"type": "data-x", "data": {"text": 5}}, {"type": "step-start"}]
    thought = {"type": "reasoning", "text": "Hm"}

    asked = read(
        {"role": "user", "parts": extra + parts},
        {"role": "assistant", "parts": [thought]},
        {"role": "assistant", "parts": [thought, {"type": "text", "text": "Yes"}]},
        {"role": "user", "parts": []},
        {"role": "user", "content": "As before there were parts"},
    )

    assert asked.messages == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "One\ntwo"},
        {"role": "assistant", "content": "Yes"},
        {"role": "user", "content": "As before there were parts"},
    ]


def test_files_become_parts_by_their_media_type() -> None:
    files = [
        {"type": "file", "mediaType": "image/png", "url": "data:image/png;base64,AA"},
        {"type": "file", "mediaType": "video/mp4", "url": "https://a.example/v.mp4"},
        {"type": "file", "mediaType": "application/pdf", "url": "https://a.example/p"},
    ]

    [message] = read(
        {"role": "user", "parts": [*says("Look")["parts"], *files]}
    ).messages

    assert message["content"] == [
        {"type": "text", "text": "Look"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}},
        {"type": "video_url", "video_url": {"url": "https://a.example/v.mp4"}},
        {"type": "file_url", "file_url": {"url": "https://a.example/p"}},
    ]


def test_tool_parts_become_calls_and_answers_step_by_step() -> None:
    failed = {
        "type": "dynamic-tool",
        "toolName": "clock",
        "toolCallId": "call_2",
        "state": "output-error",
        "rawInput": "{oops",
        "errorText": "Not JSON",
    }
    pending = {
        "type": "tool-weather",
        "toolCallId": "call_3",
        "state": "input-available",
    }
    parts = [
        {"type": "step-start"},
        {"type": "text", "text": "Let me see."},
        CALL,
        failed,
        pending,
        {"type": "step-start"},
        {"type": "text", "text": "21 degrees."},
    ]

    messages = read(says("Rome?"), {"role": "assistant", "parts": parts}).messages

    assert messages[1:] == [
        {
            "role": "assistant",
            "content": "Let me see.",
            "tool_calls": [
                {
                    "id": "call_1",
                    "type": "function",
                    "function": {"name": "weather", "arguments": '{"city":"Rome"}'},
                },
                {
                    "id": "call_2",
                    "type": "function",
                    "function": {"name": "clock", "arguments": "{}"},
                },
            ],
        },
        {**tool("weather", "call_1"), "content": '{"degrees":21}'},
        {
            **tool("clock", "call_2"),
            "content": f"Not JSON\n{tool_history.BROKEN}{{oops",
        },
        {"role": "assistant", "content": "21 degrees."},
    ]


def test_reasoning_goes_back_to_whoever_keeps_it() -> None:
    parts = [
        {"type": "step-start"},
        {"type": "reasoning", "text": "Rome, "},
        {"type": "reasoning", "text": "then."},
        CALL,
        {"type": "step-start"},
        {"type": "reasoning", "text": "Warm."},
        {"type": "text", "text": "21."},
    ]
    messages = [says("Rome?"), {"role": "assistant", "parts": parts}]

    kept = read(*messages, thinking={"type": "enabled", "clear_thinking": False})
    cleared = read(*messages, thinking={"type": "enabled"})

    _, called, _, answered = kept.messages
    assert called["reasoning_content"] == "Rome, then."
    assert called["tool_calls"][0]["id"] == "call_1"
    without = {"role": "assistant", "content": "21."}
    assert answered == {**without, "reasoning_content": "Warm."}
    assert cleared.messages[3] == without


@pytest.mark.parametrize("state", ["output-denied", "approval-responded"])
@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"reason": "Too dear"}, "The user did not allow this call: Too dear"),
        ({}, "The user did not allow this call."),
    ],
)
def test_a_denied_call_is_answered_so(
    state: str, said: dict[str, Any], told: str
) -> None:
    approval = {"id": "a", "approved": False, **said}
    denied = {**CALL, "state": state, "approval": approval, "output": None}

    messages = read(says("Rome?"), {"role": "assistant", "parts": [denied]}).messages

    answer = {**tool("weather", "call_1"), "content": told}
    assert messages[2:] == [answer]


@pytest.mark.parametrize("approval", [None, {"id": "a"}, {"id": "a", "approved": True}])
def test_an_allowed_call_is_not_answered_yet(approval: Any) -> None:
    allowed = {**CALL, "state": "approval-responded", "approval": approval}

    assert len(read(says("A"), {"role": "assistant", "parts": [allowed]}).messages) == 1


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "user", "parts": []}]}, "messages"),
        ({"messages": [{"role": "tool", "parts": []}]}, "messages[0].role"),
        (
            {"messages": [{"role": "user", "parts": [{"type": 1}]}]},
            "messages[0].parts[0].type",
        ),
        (
            {"messages": [{"role": "user", "parts": [{"type": "file"}]}]},
            "messages[0].parts[0].url",
        ),
        ({"messages": [says("Hi")], "temperature": 3}, "temperature"),
    ],
)
def test_a_refusal_names_the_field(body: Any, param: str) -> None:
    with pytest.raises(Refused) as refused:
        UIMessages().read(msgspec.json.encode(body))

    assert refused.value.param == param
    assert refused.value.message.startswith(param)


def test_an_answer_is_written_part_by_part() -> None:
    usage = {"prompt_tokens": 3, "completion_tokens": 5}
    answer = written(
        delta(reasoning_content="Well"),
        delta(reasoning_content="…"),
        delta(content='"Yes"\n\n'),
        {**delta("stop", content=""), "usage": usage},
    )

    figures = answer[-2]["messageMetadata"]
    assert figures.pop("firstWordMs") >= 0
    identity = {"requestId": "req_1", "model": "glm-4.6"}
    assert answer == [
        {"type": "start", "messageId": "req_1", "messageMetadata": identity},
        {"type": "start-step"},
        {"type": "reasoning-start", "id": "reasoning-1"},
        {"type": "reasoning-delta", "id": "reasoning-1", "delta": "Well"},
        {"type": "reasoning-delta", "id": "reasoning-1", "delta": "…"},
        {"type": "reasoning-end", "id": "reasoning-1"},
        {"type": "text-start", "id": "text-2"},
        {"type": "text-delta", "id": "text-2", "delta": '"Yes"\n\n'},
        {"type": "text-end", "id": "text-2"},
        {"type": "finish-step"},
        {
            "type": "finish",
            "finishReason": "stop",
            "messageMetadata": {
                **identity,
                "usage": {"inputTokens": 3, "outputTokens": 5},
            },
        },
        "[DONE]",
    ]


def test_calls_are_streamed_and_then_whole() -> None:
    answer = written(
        call("", id="call_1", function={"name": "weather"}),
        call('{"city":'),
        call('"Rome"}', id="call_1"),
        call("{}", index=1, id="call_2", function={"name": "clock"}),
        call("{oops", index=2, function={"name": "broken"}),
        delta("tool_calls"),
    )

    one = {"toolCallId": "call_1", "toolName": "weather"}
    two = {"toolCallId": "call_2", "toolName": "clock"}
    three = {"toolCallId": answer[-4]["toolCallId"], "toolName": "broken"}
    assert three["toolCallId"].startswith("call_")  # Z.AI gave none
    assert answer[2:5] == [
        {"type": "tool-input-start", **one},
        {
            "type": "tool-input-delta",
            "toolCallId": "call_1",
            "inputTextDelta": '{"city":',
        },
        {
            "type": "tool-input-delta",
            "toolCallId": "call_1",
            "inputTextDelta": '"Rome"}',
        },
    ]
    problem = "The model wrote arguments that are not valid JSON."
    assert answer[-6:-3] == [
        {"type": "tool-input-available", **one, "input": {"city": "Rome"}},
        {"type": "tool-input-available", **two, "input": {}},
        {"type": "tool-input-error", **three, "input": "{oops", "errorText": problem},
    ]
    assert the("finish", answer)["finishReason"] == "tool-calls"


def test_calls_without_an_index_are_told_apart_by_their_ids() -> None:
    said = [{"id": name, "function": {"name": name}} for name in ("a", "b")]

    answer = written(delta(tool_calls=said), delta("tool_calls"))

    whole = [c for c in answer[:-1] if c["type"] == "tool-input-available"]
    assert [c["toolCallId"] for c in whole] == ["a", "b"]


@pytest.mark.parametrize(
    "part",
    [
        CALL,
        {**CALL, "state": "input-available"},
        {"type": "text", "text": "Half an"},
        {"type": "reasoning", "text": "Half a thou", "state": "streaming"},
    ],
)
def test_an_answer_goes_on_with_the_message_it_is_to(part: dict[str, Any]) -> None:
    to = {"role": "assistant", "parts": [part]}

    answer = written(delta("stop", content="21"), to=to)

    assert "messageId" not in the("start", answer)


def test_sources_are_named_once() -> None:
    found = [{"link": "https://a.example", "title": "A"}, {"link": "https://a.example"}]
    found += [{"link": "https://b.example"}, {"title": "nowhere"}]

    answer = written({**delta("stop", content="See"), "web_search": found})

    assert [c for c in answer[:-1] if c["type"] == "source-url"] == [
        {
            "type": "source-url",
            "sourceId": "source-1",
            "url": "https://a.example",
            "title": "A",
        },
        {"type": "source-url", "sourceId": "source-2", "url": "https://b.example"},
    ]


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("length", "length"),
        ("model_context_window_exceeded", "length"),
        ("sensitive", "content-filter"),
        ("tool_calls", "tool-calls"),
        ("something_new", "other"),
    ],
)
def test_finish_reasons_are_those_every_version_knows(reason: str, told: str) -> None:
    assert the("finish", written(delta(reason, content="A")))["finishReason"] == told


def test_silence_is_a_comment_and_begins_nothing() -> None:
    asked = ChatRequest(messages=[{"role": "user"}], model="glm-4.6", stream=True)
    writer = UIMessagesWriter(asked, "req_1", Observation())

    assert writer.heartbeat() == b": keep-alive\n\n"


def test_what_broke_off_says_why_and_does_not_look_finished() -> None:
    asked = ChatRequest(messages=[{"role": "user"}], model="glm-4.6", stream=True)
    writer = UIMessagesWriter(asked, "req_1", Observation())

    out = writer.broken_off(UpstreamFailed("Z.AI failed."))

    assert out == b'data: {"type":"error","errorText":"Z.AI failed."}\n\n'


def test_over_http_the_answer_has_the_header_and_the_row_the_dialect(
    service: Service,
) -> None:
    response = service.send(asks(says("sim:unicode")))

    assert response.headers["x-vercel-ai-ui-message-stream"] == "v1"
    assert response.headers["content-type"] == "text/event-stream"
    answer = chunks(response.content)
    assert the("start", answer)["messageId"] == response.headers["x-request-id"]
    assert types(answer)[-3:] == ["finish-step", "finish", "[DONE]"]
    row = only_row()
    assert (row.dialect, row.ending) == ("ui-messages", "completed")


def test_an_error_before_the_answer_is_a_sentence(service: Service) -> None:
    refused = service.send(asks(says("Hi"), temperature=3))
    limited = service.send(asks(says("sim:error=1308")))

    assert refused.status_code == 400
    assert refused.headers["content-type"] == "text/plain; charset=utf-8"
    assert refused.text.startswith("temperature: ")
    assert limited.status_code == 429
    assert int(limited.headers["retry-after"]) > 3000
    assert "{" not in limited.text


def test_an_error_in_a_stream_that_was_opened_early_is_told(
    service: Service, settings: Any
) -> None:
    settings.CHAT_OPEN_AFTER_SECONDS = 0.05
    settings.ZAI_FIRST_EVENT_TIMEOUT = 0.3

    response = service.send(asks(says("sim:silent")))

    assert response.status_code == 200
    assert types(chunks(response.content)) == ["error"]
