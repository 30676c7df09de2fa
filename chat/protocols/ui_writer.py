"""An answer as `useChat` of Vercel's AI SDK 5, 6 and 7 reads it.

Only chunk types that all three know, for one that is not known breaks the stream, and a
request does not say which of them asks. Nothing that Z.AI sends needs another.
"""

from typing import Any

import msgspec

from chat.conversation import ChatRequest
from chat.event import Batch, Delta, Usage
from chat.failures import Failure
from chat.observation import Observation
from chat.protocols import sse
from chat.protocols.sse import frame
from chat.protocols.ui_tool_calls import ToolCalls

DONE = b"data: [DONE]\n\n"
FINISH_REASONS = {
    "stop": "stop",
    "length": "length",
    "model_context_window_exceeded": "length",
    "tool_calls": "tool-calls",
    "sensitive": "content-filter",
}

encode = msgspec.json.encode


class Continuation(ChatRequest):
    """The answer goes on with a message of the assistant: the last that was sent."""


class UIMessagesWriter:
    def __init__(self, asked: ChatRequest, request_id: str, seen: Observation) -> None:
        self._asked = asked
        self._request_id = request_id
        self._seen = seen
        self._begun = False
        self._part = ""  # the kind of the part that is being written, if any
        self._parts = 0
        self._before = b""  # what stands around the next piece of that part
        self._calls = ToolCalls()
        self._sources: set[str] = set()

    def frames(self, batch: Batch) -> bytes:
        out: list[bytes] = []
        if not self._begun:
            self._begun = True
            out += self._start()
        for event in batch.events:
            delta = event.choices[0].delta
            if delta is not None:
                self._add(delta, out)
            if event.web_search is not None:
                self._cite(event.web_search, out)
        return b"".join(out) or sse.HEARTBEAT

    def heartbeat(self) -> bytes:
        return sse.HEARTBEAT

    def done(self) -> bytes:
        out = [] if self._begun else self._start()
        self._end_part(out)
        out += self._calls.whole()
        reason = FINISH_REASONS.get(self._seen.finish_reason or "", "other")
        out += [
            frame({"type": "finish-step"}),
            frame(
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
        return frame({"type": "error", "errorText": failure.message})

    def _start(self) -> list[bytes]:
        start: dict[str, Any] = {"type": "start"}
        # With an id of its own, what goes on with a message would become a second one.
        if not isinstance(self._asked, Continuation):
            start["messageId"] = self._request_id
        start["messageMetadata"] = self._identity()
        return [frame(start), frame({"type": "start-step"})]

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
                out += self._calls.add(fragment)

    def _begin_part(self, kind: str, out: list[bytes]) -> None:
        self._end_part(out)
        self._part = kind
        self._parts += 1
        name = f"{kind}-{self._parts}"
        out.append(frame({"type": f"{kind}-start", "id": name}))
        self._before = f'data: {{"type":"{kind}-delta","id":"{name}","delta":'.encode()

    def _end_part(self, out: list[bytes]) -> None:
        if self._part:
            name = f"{self._part}-{self._parts}"
            out.append(frame({"type": f"{self._part}-end", "id": name}))
            self._part = ""

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
            out.append(frame(source))


def _tokens(usage: Usage) -> dict[str, int]:
    """Tokens by the SDK's names; what Z.AI did not count is not there."""
    tokens = {
        "inputTokens": usage.prompt_tokens,
        "outputTokens": usage.completion_tokens,
        "reasoningTokens": usage.reasoning_tokens,
        "cachedInputTokens": usage.cached_tokens,
    }
    return {name: count for name, count in tokens.items() if count is not None}
