"""The body of an answer that is not streamed."""

from collections.abc import Iterator
from typing import Any

import msgspec

from .answer import Answer
from .chosen import Chosen
from .identity import call_id
from .steps import Drop, Pause, Raw, Step
from .usage import Usage


def completion_body(
    answer: Answer, usage: Usage, answer_id: str, created: int, model: str
) -> bytes:
    """Its keys stand in alphabetical order, as recorded."""
    message: dict[str, Any] = {"role": "assistant", "content": "".join(answer.content)}
    if answer.reasoning:
        message["reasoning_content"] = "".join(answer.reasoning)
    if answer.tool_calls:
        message["tool_calls"] = _tool_calls(answer)
    choice = {"index": 0, "finish_reason": answer.finish_reason, "message": message}
    body = {
        "id": answer_id,
        "request_id": answer_id,
        "created": created,
        "model": model,
        "object": "chat.completion",
        "choices": [choice],
        "usage": usage.as_json(),
    }
    return msgspec.json.encode(body | answer.extras, order="sorted")


def _tool_calls(answer: Answer) -> list[dict[str, Any]]:
    return [
        {
            "id": call_id(),
            "index": index,
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
        }
        for index, call in enumerate(answer.tool_calls)
    ]


def completion_steps(body: bytes, chosen: Chosen) -> Iterator[Step]:
    """The body as sent, with the scenarios that can befall one that is whole."""
    half = len(body) // 2
    yield Raw(body[:half])
    yield Pause(chosen.number("stall"))
    if "cut" in chosen or "reset" in chosen:
        yield Drop(reset="reset" in chosen)
    if "bad-utf8" in chosen:
        yield Raw(b"\xff\xfe")
    if "malformed" not in chosen and "glued" not in chosen:
        yield Raw(body[half:])
    yield Pause(chosen.number("hold-open"))
