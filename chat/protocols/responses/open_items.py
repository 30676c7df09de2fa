"""Items of a stream while they are written: what is said, thought and called."""

from abc import ABC, abstractmethod

from chat.event import ToolCall as Piece
from chat.protocols.responses import events
from chat.protocols.responses.free_form import FreeForm, read_input
from chat.protocols.responses.output import Output
from chat.protocols.responses.shapes import (
    CallItem,
    OutputItem,
    OutputText,
    Status,
    SummaryText,
)
from chat.protocols.responses.stream import Deltas, Stream


class Open(ABC):
    """An item that pieces are added to: words or thoughts."""

    part: str  # what the events that go on with it have
    deltas: Deltas

    def __init__(self, output: Output, stream: Stream, number: int) -> None:
        """`number`: among the items of its kind."""
        self._output = output
        self._stream = stream
        self._number = number
        self._place = -1

    @abstractmethod
    def begin(self) -> bytes:
        """Return the frames that open it."""

    @abstractmethod
    def end(self, status: Status) -> bytes:
        """Return the frames that close it."""

    @abstractmethod
    def make_item(self, status: Status) -> OutputItem:
        """Return it as far as it came."""

    def leave(self) -> None:
        """Keep it as far as it came: nothing more will come, nor close it."""
        self._stream.keep(self._place, self.make_item("incomplete"))


class Message(Open):
    part = "text"

    def begin(self) -> bytes:
        stream = self._stream
        item = self._output.make_message(self._number, None, "in_progress")
        self._place, added = stream.open(item)
        self._at = (item.id, self._place, 0)
        self.deltas = Deltas(stream, events.TextDeltaEvent, *self._at, [])
        return added + stream.write(
            events.ContentAddedEvent, *self._at, part=OutputText("")
        )

    def end(self, status: Status) -> bytes:
        stream, text = self._stream, self.deltas.text
        return (
            stream.write(events.TextDoneEvent, *self._at, text=text, logprobs=[])
            + stream.write(events.ContentDoneEvent, *self._at, part=OutputText(text))
            + stream.close(self._place, self.make_item(status))
        )

    def make_item(self, status: Status) -> OutputItem:
        return self._output.make_message(self._number, self.deltas.text, status)


class Reasoning(Open):
    part = "reasoning"

    def begin(self) -> bytes:
        stream = self._stream
        item = self._output.make_reasoning(self._number, None)
        self._place, added = stream.open(item)
        self._at = (item.id, self._place, 0)
        self.deltas = Deltas(stream, events.SummaryDeltaEvent, *self._at)
        return added + stream.write(
            events.SummaryAddedEvent, *self._at, part=SummaryText("")
        )

    def end(self, status: Status) -> bytes:
        stream, text = self._stream, self.deltas.text
        return (
            stream.write(events.SummaryTextDoneEvent, *self._at, text=text)
            + stream.write(events.SummaryDoneEvent, *self._at, part=SummaryText(text))
            + stream.close(self._place, self.make_item(status))
        )

    def make_item(self, status: Status) -> OutputItem:
        return self._output.make_reasoning(self._number, self.deltas.text)


class Call:
    """A call of a tool. It begins with its name, which may come after the first of its
    arguments, and is whole at the end of the answer: Z.AI may go on with any."""

    def __init__(
        self, output: Output, stream: Stream, number: int, call_id: str
    ) -> None:
        self._output = output
        self._stream = stream
        self._number = number
        self._call_id = call_id
        self._name: str | None = None
        self._early: list[str] = []  # arguments that came before the name
        self._text: FreeForm | None = None

    def add(self, piece: Piece) -> bytes:
        told = piece.function
        arguments, begun = told.arguments or "", b""
        if self._name is None:
            if not told.name:
                self._early.append(arguments)
                return b""
            begun = self._begin(told.name)
            arguments = "".join([*self._early, arguments])
        return begun + self._go_on(arguments)

    def end(self, status: Status) -> bytes:
        begun = b""
        if self._name is None:
            begun = self._begin("") + self._go_on("".join(self._early))
        stream, last = self._stream, b""
        if self._text is None:
            done = stream.write(
                events.ArgumentsDoneEvent,
                *self._at,
                self._deltas.text,
                self._plain_name,
            )
        else:
            if not self._text.has_begun and (rest := read_input("".join(self._given))):
                last = self._deltas.add(rest)
            done = stream.write(events.InputDoneEvent, *self._at, self._deltas.text)
        return begun + last + done + stream.close(self._place, self._make_item(status))

    def leave(self) -> None:
        if self._name is not None:
            self._stream.keep(self._place, self._make_item("incomplete"))

    def _begin(self, name: str) -> bytes:
        self._name = name
        item = self._output.make_call(
            self._number, self._call_id, name, "", "in_progress"
        )
        self._plain_name = item.name
        self._place, added = self._stream.open(item)
        self._at = (item.id, self._place)
        kind: type[events.InItem] = events.ArgumentsDeltaEvent
        if name in self._output.asked.free_form:
            kind, self._text, self._given = events.InputDeltaEvent, FreeForm(), [""]
        self._deltas = Deltas(self._stream, kind, *self._at)
        return added

    def _go_on(self, arguments: str) -> bytes:
        if self._text is not None:
            self._given.append(arguments)
            arguments = self._text.add(arguments)
        return self._deltas.add(arguments) if arguments else b""

    def _make_item(self, status: Status) -> CallItem:
        return self._output.make_call(
            self._number, self._call_id, self._name or "", self._deltas.text, status
        )
