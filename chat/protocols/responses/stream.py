"""The stream of a response: its events are counted, its items have places."""

import msgspec
from msgspec import Struct

from chat.protocols.responses.events import (
    ItemAddedEvent,
    ItemDoneEvent,
    frame,
    make_template,
)
from chat.protocols.responses.shapes import OutputItem

encode = msgspec.json.encode
encode_lines = msgspec.json.Encoder().encode_lines


class Stream:
    """Counts events and items, and keeps the items that are whole."""

    def __init__(self) -> None:
        self.number = 0  # of the next event
        self._places = 0
        self._done: dict[int, OutputItem] = {}

    @property
    def items(self) -> list[OutputItem]:
        """Those that are whole, by their places."""
        return [self._done[place] for place in sorted(self._done)]

    def write(self, kind: type[Struct], *fields: object, **named: object) -> bytes:
        """Return the frame of an event of this kind, with its number."""
        number, self.number = self.number, self.number + 1
        return frame(kind(*fields, **named, sequence_number=number))

    def open(self, item: OutputItem) -> tuple[int, bytes]:
        """Return the place of an item that begins, and the frame that tells so."""
        place, self._places = self._places, self._places + 1
        return place, self.write(ItemAddedEvent, place, item)

    def close(self, place: int, item: OutputItem) -> bytes:
        """Return the frame that tells that `item` is whole."""
        self._done[place] = item
        return self.write(ItemDoneEvent, place, item)

    def keep(self, place: int, item: OutputItem) -> None:
        """Keep an item that will not be whole, for the response that tells so."""
        self._done[place] = item


class Deltas:
    """The deltas of one item, which differ in their number and their text alone."""

    def __init__(self, stream: Stream, kind: type[Struct], *fields: object) -> None:
        """`fields`: those that stand before the number."""
        self._stream = stream
        self._template = make_template(kind(*fields, 0, ""))
        self._texts: list[str] = []

    @property
    def text(self) -> str:
        """All that was added."""
        return "".join(self._texts)

    def add(self, text: str) -> bytes:
        """Return the frame of a piece."""
        self._texts.append(text)
        stream = self._stream
        number, stream.number = stream.number, stream.number + 1
        return self._template % (number, encode(text))

    def add_all(self, texts: list[str]) -> bytes:
        """Return the frames of many pieces, in one go."""
        self._texts += texts
        stream, count = self._stream, len(texts)
        first, stream.number = stream.number, stream.number + count
        lines = encode_lines(texts)[:-1].split(b"\n")  # within a text they are escaped
        places: list[int | bytes] = [0] * (2 * count)
        places[::2], places[1::2] = range(first, stream.number), lines
        return (self._template * count) % tuple(places)
