"""An answer as `useChat` of Vercel's AI SDK 5, 6 and 7 reads it.

Only chunk types that all three know, for one that is not known breaks the stream, and a
request does not say which of them asks. Nothing that Z.AI sends needs another.
"""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from chat.conversation import ChatRequest
from chat.event import Batch, Delta, Usage
from chat.failures import Failure, Stopped
from chat.observation import Observation
from chat.protocols import Writer
from chat.protocols.runs import read_texts
from chat.protocols.sse import DONE, END_OF_TEXT, HEARTBEAT, frame, frame_up_to_text
from chat.protocols.ui_chunks import (
    AbortChunk,
    AnswerFigures,
    AnswerIdentity,
    DataQueueChunk,
    ErrorChunk,
    FinishChunk,
    FinishStepChunk,
    Queue,
    ReasoningDeltaChunk,
    ReasoningEndChunk,
    ReasoningStartChunk,
    SourceUrlChunk,
    StartChunk,
    StartStepChunk,
    TextDeltaChunk,
    TextEndChunk,
    TextStartChunk,
    Tokens,
)
from chat.protocols.ui_tool_calls import ToolCalls

FINISH_REASONS = {
    "stop": "stop",
    "length": "length",
    "model_context_window_exceeded": "length",
    "tool_calls": "tool-calls",
    "sensitive": "content-filter",
}
# What a user reads where an answer has no word and no tool call.
EMPTY = {
    "length": "All tokens of the answer went into thinking, and none were left for a"
    " word. Allow more of them (max_tokens), or less thinking (reasoning_effort).",
    "stop": "The model ended without a word.",
}
# The chunks that begin a part of each kind, go on with it, and end it.
PARTS = {
    "reasoning": (ReasoningStartChunk, ReasoningDeltaChunk, ReasoningEndChunk),
    "text": (TextStartChunk, TextDeltaChunk, TextEndChunk),
}

encode = msgspec.json.encode
encode_lines = msgspec.json.Encoder().encode_lines


class Continuation(ChatRequest):
    """A question whose answer goes on with the last message, the assistant's."""


class UIMessagesWriter(Writer):
    __slots__ = (
        *("_before", "_begun", "_between", "_calls", "_chat_request", "_observation"),
        *("_part", "_parts", "_request_id", "_sources"),
    )

    def __init__(
        self, chat_request: ChatRequest, request_id: str, observation: Observation
    ) -> None:
        self._chat_request = chat_request
        self._request_id = request_id
        self._observation = observation
        self._begun = False
        self._part = ""  # the kind of the part that is being written, if any
        self._parts = 0
        self._before = b""  # what stands before the next piece of that part
        self._between = b""  # and between one and the next
        self._calls = ToolCalls()
        self._sources: set[str] = set()

    def frames(self, batch: Batch) -> bytes:
        if batch.text is not None and self._part == "text":  # as most often
            return self._before + encode(batch.text) + END_OF_TEXT
        if texts := read_texts(batch, self._part):
            return self._go_on(texts)
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
        return b"".join(out) or HEARTBEAT

    def heartbeat(self) -> bytes:
        return HEARTBEAT

    def queued(self, position: int, seconds: int | None) -> bytes:
        return frame(DataQueueChunk(data=Queue(position, seconds)))

    def done(self) -> bytes:
        out = [] if self._begun else self._start()
        self._end_part(out)
        out += self._calls.end()
        reason = FINISH_REASONS.get(self._observation.finish_reason or "", "other")
        out += [
            frame(FinishStepChunk()),
            frame(FinishChunk(reason, self._gather_figures())),
            DONE,
        ]
        return b"".join(out)

    def broken_off(self, failure: Failure) -> bytes:
        if isinstance(failure, Stopped) and failure.by_caller:
            return frame(AbortChunk()) + DONE
        return frame(ErrorChunk(failure.message))

    def _start(self) -> list[bytes]:
        goes_on = isinstance(self._chat_request, Continuation)
        start = StartChunk(
            message_id=UNSET if goes_on else self._request_id,
            message_metadata=AnswerIdentity(self._request_id, self._model),
        )
        return [frame(start), frame(StartStepChunk())]

    @property
    def _model(self) -> str:
        return self._observation.answered_model or self._chat_request.model

    def _gather_figures(self) -> AnswerFigures:
        figures = AnswerFigures(self._request_id, self._model)
        if self._observation.usage is not None:
            figures.usage = _make_tokens(self._observation.usage)
        if not self._observation.has_words:
            figures.note = EMPTY.get(self._observation.finish_reason or "", UNSET)
        if self._observation.first_word is not None:
            figures.first_word_ms = round(self._observation.first_word * 1000)
        return figures

    def _add(self, delta: Delta, out: list[bytes]) -> None:
        if delta.reasoning_content:
            if self._part != "reasoning":
                self._begin_part("reasoning", out)
            out += (self._before, encode(delta.reasoning_content), END_OF_TEXT)
        if delta.content:
            if self._part != "text":
                self._begin_part("text", out)
            out += (self._before, encode(delta.content), END_OF_TEXT)
        if delta.tool_calls:
            self._end_part(out)
            for fragment in delta.tool_calls:
                out += self._calls.add(fragment)

    def _go_on(self, texts: list[str]) -> bytes:
        """Return the frames of texts of the part that is being written, in one go."""
        lines = encode_lines(texts)[:-1]  # a line each: within a text they are escaped
        return self._before + lines.replace(b"\n", self._between) + END_OF_TEXT

    def _begin_part(self, kind: str, out: list[bytes]) -> None:
        """Write the beginning of a part, and the end of the one before, to `out`."""
        self._end_part(out)
        self._part = kind
        self._parts += 1
        start, delta, _ = PARTS[kind]
        out.append(frame(start(self._part_id)))
        self._before = frame_up_to_text(delta(self._part_id, ""))
        self._between = END_OF_TEXT + self._before

    def _end_part(self, out: list[bytes]) -> None:
        if self._part:
            _, _, end = PARTS[self._part]
            out.append(frame(end(self._part_id)))
            self._part = ""

    @property
    def _part_id(self) -> str:
        return f"{self._part}-{self._parts}"

    def _cite(self, results: Any, out: list[bytes]) -> None:
        """Write each page that Z.AI's web search found to `out`, once in an answer."""
        for result in results if isinstance(results, list) else ():
            url = result.get("link") if isinstance(result, dict) else None
            if not isinstance(url, str) or not url or url in self._sources:
                continue
            self._sources.add(url)
            source = SourceUrlChunk(f"source-{len(self._sources)}", url)
            if isinstance(title := result.get("title"), str):
                source.title = title
            out.append(frame(source))


def _make_tokens(usage: Usage) -> Tokens:
    return Tokens(
        input_tokens=_make_count(usage.prompt_tokens),
        output_tokens=_make_count(usage.completion_tokens),
        reasoning_tokens=_make_count(usage.reasoning_tokens),
        cached_input_tokens=_make_count(usage.cached_tokens),
    )


def _make_count(count: int | None) -> int | UnsetType:
    return UNSET if count is None else count
