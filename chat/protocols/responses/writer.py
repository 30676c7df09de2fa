"""A streamed answer as OpenAI's Responses have it.

What clients demand of it: openai 2.54 (`stream()` wants `response.created` first, and
items in the order of their places), @ai-sdk/openai 2 to 4 (reads of thoughts the
summary alone), Codex (reads items when they are done, and the id of the last event).
"""

from typing import Any

from chat.event import Batch, Delta
from chat.failures import Failure
from chat.observation import Observation
from chat.protocols import Writer, sse
from chat.protocols.error_shapes import OpenAILateError, describe_late
from chat.protocols.fences import Unfencing
from chat.protocols.openai_writer import CODES, use_openais_code
from chat.protocols.responses import events
from chat.protocols.responses.open_items import Call, Message, Open, Reasoning
from chat.protocols.responses.output import (
    INCOMPLETE,
    Output,
    ResponsesRequest,
    make_usage,
)
from chat.protocols.responses.shapes import Response, ResponseError, Status
from chat.protocols.responses.stream import Stream
from chat.protocols.runs import read_texts

SERVER_ERROR = "server_error"
# So much white space at most, before a word, opens nothing.
MOST_SPACE = 200


class ResponsesWriter(Writer):
    def __init__(
        self, asked: ResponsesRequest, request_id: str, observation: Observation
    ) -> None:
        self._request_id = request_id
        self._observation = observation
        self._output = Output(asked, request_id)
        self._stream = Stream()
        self._created: int | None = None
        self._has_begun = False
        self._open: Open | None = None
        self._counts: dict[type[Open], int] = {Message: 0, Reasoning: 0}
        self._calls: list[Call] = []
        self._space = ""  # before the first word: nothing is opened for it
        # Until no word changes any more.
        self._unfencing = Unfencing() if asked.wants_json else None

    def frames(self, batch: Batch) -> bytes:
        opened = self._open if self._unfencing is None else None
        if len(batch.events) > 1 and opened and (t := read_texts(batch, opened.part)):
            return opened.deltas.add_all(t)
        out: list[bytes] = []
        if not self._has_begun:
            self._begin(batch.events[0].created, out)
        for event in batch.events:
            delta = event.choices[0].delta
            if delta is not None:
                self._add(delta, out)
        return b"".join(out) or sse.HEARTBEAT

    def heartbeat(self) -> bytes:
        return sse.HEARTBEAT

    def done(self) -> bytes:
        incomplete = INCOMPLETE.get(self._observation.finish_reason or "")
        status: Status = "incomplete" if incomplete else "completed"
        out: list[bytes] = []
        if not self._has_begun:
            self._begin(None, out)
        self._release(out)
        self._close(status, out)
        out += [call.end(status) for call in self._calls]
        response = self._make_response(
            status=status, incomplete_details=incomplete, usage=self._usage
        )
        kind = events.IncompleteEvent if incomplete else events.CompletedEvent
        out.append(self._stream.write(kind, response))
        return b"".join(out)

    def broken_off(self, failure: Failure) -> bytes:
        out: list[bytes] = []
        if not self._has_begun:
            self._begin(None, out)
        self._release(out)
        for item in (self._open, *self._calls):
            if item:
                item.leave()
        error = describe_late(failure, OpenAILateError, self._request_id)
        use_openais_code(error)
        write, code = self._stream.write, error.code
        told = {"code": code, "message": error.message, "param": error.param}
        out.append(write(events.ErrorEvent, error, **told))
        # The event before has the code; here clients know OpenAI's alone.
        known = code if code in CODES.values() else SERVER_ERROR
        why = ResponseError(known or SERVER_ERROR, error.message)
        response = self._make_response(status="failed", error=why, usage=self._usage)
        out.append(write(events.FailedEvent, response))
        return b"".join(out)

    @property
    def _usage(self) -> Any:
        return make_usage(self._observation.usage)

    def _begin(self, created: int | None, out: list[bytes]) -> None:
        self._has_begun = True
        response = self._make_response(created=created, status="in_progress")
        self._created = response.created_at
        out.append(self._stream.write(events.CreatedEvent, response))
        out.append(self._stream.write(events.InProgressEvent, response))

    def _make_response(self, created: int | None = None, **told: Any) -> Response:
        model = self._observation.answered_model
        created = self._created if created is None else created
        return self._output.make_response(self._stream.items, created, model, **told)

    def _add(self, delta: Delta, out: list[bytes]) -> None:
        if delta.reasoning_content:
            opened = self._open_for(Reasoning, out)
            out.append(opened.deltas.add(delta.reasoning_content))
        if delta.content:
            text = delta.content
            if self._unfencing:
                text = self._unfencing.add(text)
                if self._unfencing.is_over:
                    self._unfencing = None
            self._speak(text, out)
        if delta.tool_calls:
            self._close("completed", out)
            for piece in delta.tool_calls:
                if piece.index == len(self._calls):
                    call = Call(self._output, self._stream, piece.index, piece.id or "")
                    self._calls.append(call)
                out.append(self._calls[piece.index].add(piece))

    def _speak(self, text: str, out: list[bytes]) -> None:
        if not isinstance(self._open, Message):
            text, self._space = self._space + text, ""
            if len(text) < MOST_SPACE and (not text or text.isspace()):
                self._space = text
                return
        if text:
            out.append(self._open_for(Message, out).deltas.add(text))

    def _release(self, out: list[bytes]) -> None:
        """Say what was held back to the end, and is no fence."""
        if self._unfencing:
            self._speak(self._unfencing.end(), out)

    def _open_for(self, kind: type[Open], out: list[bytes]) -> Open:
        """Return the open item of this kind; if there is none, close the one that is
        open, and open one."""
        if isinstance(self._open, kind):
            return self._open
        self._close("completed", out)
        number = self._counts[kind]
        self._counts[kind] += 1
        opened = self._open = kind(self._output, self._stream, number)
        out.append(opened.begin())
        return opened

    def _close(self, status: Status, out: list[bytes]) -> None:
        if self._open:
            out.append(self._open.end(status))
            self._open = None
