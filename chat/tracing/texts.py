"""What was asked and answered, as OpenTelemetry's conventions write it.

Of that never more than the request log keeps: nothing where it keeps no text, and of
large images what it keeps of them.
"""

from contextlib import suppress
from typing import Any

import msgspec

from chat.conversation import ChatRequest, Message
from chat.exchange.exchange import Exchange
from chat.exchange.outcome import Outcome
from chat.requestlog.keeping import bounded_text
from chat.requestlog.record import Text
from chat.requestlog.transcript import Transcript

# Of one request: collectors take some megabytes at once, of many.
MOST_BYTES = 64_000

Part = dict[str, Any]


def of_texts(exchange: Exchange, outcome: Outcome, reason: str) -> dict[str, str]:
    """Return attributes with what was said; none where the log keeps no text.

    `reason` is why the answer is over. May take its time: for a thread.
    """
    heard = exchange.listener
    if not isinstance(heard, Transcript):
        return {}
    asked = exchange.chat
    told = Text(
        messages=asked.messages,
        answer=heard.answer,
        reasoning=heard.reasoning,
        extra=_tools(asked),
    )
    kept, _ = bounded_text(told, MOST_BYTES)
    found: dict[str, Any] = {
        "gen_ai.input.messages": [*map(_message, kept.messages or ())],
        "gen_ai.tool.definitions": (kept.extra or {}).get("tools"),
    }
    if parts := _answer(kept):
        answer = {"role": "assistant", "parts": parts, "finish_reason": reason}
        found["gen_ai.output.messages"] = [answer]
    return {name: _encode(value) for name, value in found.items() if value}


def _tools(asked: ChatRequest) -> dict[str, Any] | None:
    tools = asked.parameters.get("tools") or ()
    defined = [{"type": one.get("type"), **_function(one)} for one in tools]
    return {"tools": defined} if defined else None


def _function(tool: dict[str, Any]) -> dict[str, Any]:
    """Return what it is called, what it does, and what it takes."""
    function = tool.get("function")
    return function if isinstance(function, dict) else {}


def _answer(kept: Text) -> list[Part]:
    parts: list[Part] = []
    if kept.reasoning:
        parts.append({"type": "reasoning", "content": kept.reasoning})
    return [*parts, *(_message(kept.answer)["parts"] if kept.answer else ())]


def _message(message: Message) -> dict[str, Any]:
    if message["role"] == "tool":
        response = {
            "id": message.get("tool_call_id"),
            "response": message.get("content"),
        }
        return {"role": "tool", "parts": [{"type": "tool_call_response", **response}]}
    parts: list[Part] = []
    if thought := message.get("reasoning_content"):
        parts.append({"type": "reasoning", "content": thought})
    content = message.get("content")
    if isinstance(content, str):
        parts += [{"type": "text", "content": content}] if content else []
    else:
        parts += map(_part, content or ())
    parts += map(_call, message.get("tool_calls") or ())
    return {"role": message["role"], "parts": parts}


def _part(part: Any) -> Part:
    if not isinstance(part, dict):
        return {"type": "text", "content": str(part)}
    if part.get("type") == "text":
        return {"type": "text", "content": part.get("text")}
    return part  # of another kind, with a type, as it was sent


def _call(call: Any) -> Part:
    function = _function(call) if isinstance(call, dict) else {}
    arguments: Any = function.get("arguments")
    with suppress(msgspec.DecodeError, TypeError):  # then as it was written
        arguments = msgspec.json.decode(arguments)
    named = {"id": call.get("id"), "name": function.get("name")} if function else {}
    return {"type": "tool_call", **named, "arguments": arguments}


def _encode(value: Any) -> str:
    return msgspec.json.encode(value).decode()
