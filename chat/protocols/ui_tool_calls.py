"""The tool calls of an answer, as `useChat` reads them."""

import msgspec

from chat.event import ToolCall as Piece
from chat.protocols.sse import END_OF_TEXT, frame, frame_up_to_text
from chat.protocols.ui_chunks import (
    ToolInputAvailableChunk,
    ToolInputDeltaChunk,
    ToolInputErrorChunk,
    ToolInputStartChunk,
)
from chat.surrogates import replace_halves

encode = msgspec.json.encode


class ToolCalls:
    """Writes the calls of an answer piece by piece, and at its end each one whole."""

    def __init__(self) -> None:
        self._calls: list[ToolCall] = []

    def add(self, piece: Piece) -> list[bytes]:
        """Return the frames that begin the call of `piece`, or go on with it."""
        if piece.index == len(self._calls):
            self._calls.append(ToolCall(piece.id or ""))
        return self._calls[piece.index].add(piece)

    def end(self) -> list[bytes]:
        """Return the frames that tell every call whole."""
        return [chunk for call in self._calls for chunk in call.end()]


class ToolCall:
    """A call as it is written; its input is whole only at the end of the answer.

    It begins with its name, which may come after the first of its arguments.
    """

    def __init__(self, call_id: str) -> None:
        self._id = call_id
        self._name = ""
        self._arguments: list[str] = []
        self._before = frame_up_to_text(ToolInputDeltaChunk(call_id, ""))

    def add(self, piece: Piece) -> list[bytes]:
        told, out = piece.function, []
        arguments = told.arguments or ""
        self._arguments.append(arguments)
        if told.name and not self._name:
            self._name = told.name
            out.append(self._start())
            arguments = "".join(self._arguments)
        if arguments and self._name:
            out.append(self._before + encode(arguments) + END_OF_TEXT)
        return out

    def end(self) -> list[bytes]:
        text = "".join(self._arguments)
        start = [] if self._name else [self._start()]
        try:
            given = msgspec.json.decode(replace_halves(text.encode()) or b"{}")
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            problem = "The model wrote arguments that are not valid JSON."
            error = ToolInputErrorChunk(self._id, self._name, text, problem)
            return [*start, frame(error)]
        return [*start, frame(ToolInputAvailableChunk(self._id, self._name, given))]

    def _start(self) -> bytes:
        return frame(ToolInputStartChunk(self._id, self._name))
