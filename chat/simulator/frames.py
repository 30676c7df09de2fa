"""The server-sent events of one streamed answer."""

from typing import Any

import msgspec

from .tools import ToolCall
from .usage import Usage

DONE = b"data: [DONE]\n\n"

_encode = msgspec.json.encode


class Frames:
    """Events in the form recorded in 2026.

    The events of a stream differ in their delta only: what stands around it is encoded
    once. There is no finish reason before the last event, and every delta but that of
    a tool call repeats the role.
    """

    def __init__(self, answer_id: str, created: int, model: str) -> None:
        self.answer_id = answer_id
        about = {
            "id": answer_id,
            "created": created,
            "object": "chat.completion.chunk",
            "model": model,
        }
        self._head = b"data: " + _encode(about)[:-1] + b',"choices":[{"index":0,'
        delta = self._head + b'"delta":{"role":"assistant",'
        self._said = delta + b'"content":'
        self._reasoned = delta + b'"reasoning_content":'

    def content(self, piece: str) -> bytes:
        return self._said + _encode(piece) + b"}}]}\n\n"

    def reasoning(self, piece: str) -> bytes:
        return self._reasoned + _encode(piece) + b"}}]}\n\n"

    def tool_call(self, index: int, call_id: str, call: ToolCall) -> bytes:
        """A whole call, as Z.AI sends it unless `tool_stream` is asked for."""
        return self._tool_calls(_opening(index, call_id, call.name, call.arguments))

    def tool_call_opening(self, index: int, call_id: str, call: ToolCall) -> bytes:
        return self._tool_calls(_opening(index, call_id, call.name, ""))

    def tool_call_fragment(self, index: int, arguments: str) -> bytes:
        return self._tool_calls({"index": index, "function": {"arguments": arguments}})

    def final(
        self, finish_reason: str, usage: Usage | None, extras: dict[str, Any]
    ) -> bytes:
        """The last event carries finish reason, usage and what stands beside them."""
        beside = ({"usage": usage.as_json()} if usage else {}) | extras
        end = b"," + _encode(beside)[1:] if beside else b"}"
        return (
            self._head
            + b'"finish_reason":'
            + _encode(finish_reason)
            + b',"delta":{"role":"assistant","content":""}}]'
            + end
            + b"\n\n"
        )

    def broken_off(self) -> bytes:
        """An event cut within its delta, with nothing to end it."""
        return self._said[: self._said.index(b'assistant"') + 1]

    def unreadable(self) -> bytes:
        return self._said + b'"half a wo\n\n'

    def not_utf8(self) -> bytes:
        return self._said + b'" \xff\xfe\xc3( "}}]}\n\n'

    def _tool_calls(self, call: dict[str, Any]) -> bytes:
        return self._head + b'"delta":{"tool_calls":[' + _encode(call) + b"]}}]}\n\n"


def error_event(error: dict[str, Any]) -> bytes:
    return b"data: " + _encode(error) + b"\n\n"


def named_error_event(error: dict[str, Any], request_id: str) -> bytes:
    body = error | {"request_id": request_id}
    return b"event: error\ndata: " + _encode(body) + b"\n\n"


def _opening(index: int, call_id: str, name: str, arguments: str) -> dict[str, Any]:
    return {
        "id": call_id,
        "index": index,
        "type": "function",
        "function": {"name": name, "arguments": arguments},
    }
