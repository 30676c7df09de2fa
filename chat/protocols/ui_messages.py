"""Vercel's AI SDK 5, 6 and 7: what `useChat` sends and reads.

Only chunk types that all three know, for one that is not known breaks the stream.
"""

import re
from typing import Any

import msgspec
from django.conf import settings
from msgspec import Raw, Struct

from chat.conversation import ChatRequest, Parameters
from chat.event import Batch, Delta, Usage
from chat.failures import Failure, Refused
from chat.observation import Observation
from chat.protocols import body
from chat.protocols.ui_parts import UIMessage, to_messages

HEARTBEAT = b": ping\n\n"
DONE = b"data: [DONE]\n\n"
FINISH_REASONS = {
    "stop": "stop",
    "length": "length",
    "model_context_window_exceeded": "length",
    "tool_calls": "tool-calls",
    "sensitive": "content-filter",
}

HINT = re.compile(rb'"(?:parts|trigger)"').search

encode = msgspec.json.encode


class Body(Parameters, kw_only=True):
    messages: list[UIMessage] | None = None
    model: str | None = None
    store: bool | None = None


class MessageShape(Struct):
    parts: list[Raw] | None = None


class Shape(Struct):
    trigger: str | None = None
    messages: list[MessageShape] = []


DECODER = msgspec.json.Decoder(Body)
SHAPE = msgspec.json.Decoder(Shape)


class UIMessages:
    name = "ui-messages"
    stream_headers = {"x-vercel-ai-ui-message-stream": "v1"}
    error_type = "text/plain; charset=utf-8"  # the SDK shows the body as the error

    def recognises(self, raw: bytes) -> bool:
        """Whether `raw` has a `trigger`, or messages with `parts`."""
        # Inside a JSON string the quotes would be escaped: most bodies stop here.
        if not HINT(raw):
            return False
        try:
            shape = SHAPE.decode(raw)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return False
        return bool(shape.trigger) or any(m.parts is not None for m in shape.messages)

    def read(self, raw: bytes) -> ChatRequest:
        asked = body.read(raw, DECODER)
        if not asked.messages:
            raise Refused("messages: there must be at least one.", param="messages")
        return ChatRequest(
            messages=to_messages(asked.messages, settings.CHAT_SYSTEM_PROMPT),
            model=asked.model or settings.CHAT_DEFAULT_MODEL,
            stream=True,
            store=asked.store is not False,
            parameters={
                "temperature": settings.CHAT_DEFAULT_TEMPERATURE,
                "max_tokens": settings.CHAT_DEFAULT_MAX_TOKENS,
                **asked.given(),
            },
        )

    def writer(
        self, asked: ChatRequest, request_id: str, seen: Observation
    ) -> "UIMessagesWriter":
        return UIMessagesWriter(asked, request_id, seen)

    def whole(self, completion: bytes) -> bytes:
        return completion  # never asked for: `useChat` reads streams only

    def error(self, failure: Failure, request_id: str) -> bytes:
        return failure.message.encode()


class UIMessagesWriter:
    def __init__(self, asked: ChatRequest, request_id: str, seen: Observation) -> None:
        self._asked = asked
        self._request_id = request_id
        self._seen = seen
        self._begun = False
        self._part = ""  # the kind of the part that is being written, if any
        self._parts = 0
        self._before = b""  # what stands around the next piece of that part
        self._calls: dict[str, ToolCall] = {}
        self._sources: set[str] = set()

    def frames(self, batch: Batch) -> bytes:
        if not batch:
            return HEARTBEAT
        out: list[bytes] = []
        if not self._begun:
            self._begun = True
            out += self._start()
        for event in batch.events:
            delta = event.choices[0].delta if event.choices else None
            if delta is not None:
                self._add(delta, out)
            if event.web_search is not None:
                self._cite(event.web_search, out)
        return b"".join(out) or HEARTBEAT

    def done(self) -> bytes:
        out = [] if self._begun else self._start()
        self._end_part(out)
        out += [call.whole() for call in self._calls.values()]
        reason = FINISH_REASONS.get(self._seen.finish_reason or "", "other")
        out += [
            _frame({"type": "finish-step"}),
            _frame(
                {
                    "type": "finish",
                    "finishReason": reason,
                    "messageMetadata": self._figures(),
                }
            ),
            DONE,
        ]
        return b"".join(out)

    def broken_off(self, failure: Failure) -> bytes:
        return _frame({"type": "error", "errorText": failure.message})

    def _start(self) -> list[bytes]:
        start: dict[str, Any] = {"type": "start"}
        # An answer to the output of tools goes on with the message that called them;
        # with an id of its own it would become a second one.
        if self._asked.messages[-1]["role"] == "user":
            start["messageId"] = self._request_id
        start["messageMetadata"] = self._identity()
        return [_frame(start), _frame({"type": "start-step"})]

    def _identity(self) -> dict[str, Any]:
        model = self._seen.answered_model or self._asked.model
        return {"requestId": self._request_id, "model": model}

    def _figures(self) -> dict[str, Any]:
        figures = self._identity()
        if self._seen.usage is not None:
            figures["usage"] = _tokens(self._seen.usage)
        if self._seen.first_word is not None:
            figures["firstWordMs"] = round(self._seen.first_word * 1000)
        return figures

    def _add(self, delta: Delta, out: list[bytes]) -> None:
        if delta.reasoning_content:
            if self._part != "reasoning":
                self._begin_part("reasoning", out)
            out += (self._before, encode(delta.reasoning_content), b"}\n\n")
        if delta.content:
            if self._part != "text":
                self._begin_part("text", out)
            out += (self._before, encode(delta.content), b"}\n\n")
        if delta.tool_calls:
            self._end_part(out)
            for fragment in delta.tool_calls:
                if isinstance(fragment, dict):
                    self._call(fragment, out)

    def _begin_part(self, kind: str, out: list[bytes]) -> None:
        self._end_part(out)
        self._part = kind
        self._parts += 1
        name = f"{kind}-{self._parts}"
        out.append(_frame({"type": f"{kind}-start", "id": name}))
        self._before = f'data: {{"type":"{kind}-delta","id":"{name}","delta":'.encode()

    def _end_part(self, out: list[bytes]) -> None:
        if self._part:
            name = f"{self._part}-{self._parts}"
            out.append(_frame({"type": f"{self._part}-end", "id": name}))
            self._part = ""

    def _call(self, fragment: dict[str, Any], out: list[bytes]) -> None:
        """Begin a call, or go on with one: its id may be repeated or missing."""
        index = fragment.get("index")
        key = str(fragment.get("id") if index is None else index)
        function = fragment.get("function")
        function = function if isinstance(function, dict) else {}
        call = self._calls.get(key)
        if call is None:
            name = fragment.get("id") or f"{self._request_id}-{len(self._calls)}"
            call = ToolCall(str(name), str(function.get("name") or ""))
            self._calls[key] = call
            out.append(call.start())
        arguments = function.get("arguments")
        if isinstance(arguments, dict):
            arguments = encode(arguments).decode()
        if arguments and isinstance(arguments, str):
            out.append(call.add(arguments))

    def _cite(self, results: Any, out: list[bytes]) -> None:
        for result in results if isinstance(results, list) else ():
            url = result.get("link") if isinstance(result, dict) else None
            if not isinstance(url, str) or not url or url in self._sources:
                continue
            self._sources.add(url)
            source = {
                "type": "source-url",
                "sourceId": f"source-{len(self._sources)}",
                "url": url,
            }
            if isinstance(title := result.get("title"), str):
                source["title"] = title
            out.append(_frame(source))


class ToolCall:
    """A call as it is written; its input is whole only at the end of the answer."""

    def __init__(self, call_id: str, name: str) -> None:
        self._fields = {"toolCallId": call_id, "toolName": name}
        self._arguments: list[str] = []
        self._before = (
            b'data: {"type":"tool-input-delta","toolCallId":'
            + encode(call_id)
            + b',"inputTextDelta":'
        )

    def start(self) -> bytes:
        return _frame({"type": "tool-input-start", **self._fields})

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
            return _frame({"type": "tool-input-error", **fields})
        return _frame({"type": "tool-input-available", **self._fields, "input": given})


def _tokens(usage: Usage) -> dict[str, int]:
    """Tokens by the SDK's names; what Z.AI did not count is not there."""
    tokens = {
        "inputTokens": usage.prompt_tokens,
        "outputTokens": usage.completion_tokens,
        "reasoningTokens": usage.reasoning_tokens,
        "cachedInputTokens": usage.cached_tokens,
    }
    return {name: count for name, count in tokens.items() if count is not None}


def _frame(chunk: dict[str, Any]) -> bytes:
    return b"data: " + encode(chunk) + b"\n\n"
