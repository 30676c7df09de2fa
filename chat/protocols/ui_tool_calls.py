"""The tool calls of an answer, as `useChat` reads them."""

from typing import Any

import msgspec

from chat.protocols.sse import frame

encode = msgspec.json.encode


class ToolCalls:
    """Puts the pieces of calls together; a piece may lack all but its arguments."""

    def __init__(self, request_id: str) -> None:
        self._request_id = request_id
        self._calls: dict[str, ToolCall] = {}

    def add(self, fragment: Any) -> list[bytes]:
        """Begin a call, or go on with one: its id may be repeated or missing."""
        if not isinstance(fragment, dict):
            return []
        function = fragment.get("function")
        function = function if isinstance(function, dict) else {}
        arguments = function.get("arguments")
        if isinstance(arguments, dict):
            arguments = encode(arguments).decode()
        call, out = self._call(fragment, function), []
        if call.is_new:
            out.append(call.start())
        if arguments and isinstance(arguments, str):
            out.append(call.add(arguments))
        return out

    def whole(self) -> list[bytes]:
        return [call.whole() for call in self._calls.values()]

    def _call(self, fragment: dict[str, Any], function: dict[str, Any]) -> "ToolCall":
        index = fragment.get("index")
        key = str(fragment.get("id") if index is None else index)
        if key not in self._calls:
            name = fragment.get("id") or f"{self._request_id}-{len(self._calls)}"
            self._calls[key] = ToolCall(str(name), str(function.get("name") or ""))
        return self._calls[key]


class ToolCall:
    """A call as it is written; its input is whole only at the end of the answer."""

    def __init__(self, call_id: str, name: str) -> None:
        self._fields = {"toolCallId": call_id, "toolName": name}
        self._arguments: list[str] = []
        self.is_new = True
        self._before = (
            b'data: {"type":"tool-input-delta","toolCallId":'
            + encode(call_id)
            + b',"inputTextDelta":'
        )

    def start(self) -> bytes:
        self.is_new = False
        return frame({"type": "tool-input-start", **self._fields})

    def add(self, arguments: str) -> bytes:
        self._arguments.append(arguments)
        return self._before + encode(arguments) + b"}\n\n"

    def whole(self) -> bytes:
        text = "".join(self._arguments)
        try:
            given = msgspec.json.decode(text or "{}")
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            problem = "The model wrote arguments that are not valid JSON."
            fields = {**self._fields, "input": text, "errorText": problem}
            return frame({"type": "tool-input-error", **fields})
        return frame({"type": "tool-input-available", **self._fields, "input": given})
