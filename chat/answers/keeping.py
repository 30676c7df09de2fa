"""Writers that number the frames of an answer, and that keep them."""

from collections.abc import Callable

from chat.event import Batch
from chat.failures import Failure
from chat.protocols import Writer
from chat.protocols.sse import number

COLON = ord(":")


class Numbering(Writer):
    """Gives each frame an `id:`, from 1, for `Last-Event-ID`."""

    __slots__ = ("_count", "_writer")

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._count = 0

    def frames(self, batch: Batch) -> bytes:
        return self._number(self._writer.frames(batch))

    def heartbeat(self) -> bytes:
        return self._writer.heartbeat()

    def queued(self, position: int, seconds: int | None) -> bytes:
        return self._number(self._writer.queued(position, seconds))

    def done(self) -> bytes:
        return self._number(self._writer.done())

    def broken_off(self, failure: Failure) -> bytes:
        return self._number(self._writer.broken_off(failure))

    def _number(self, piece: bytes) -> bytes:
        if not piece or piece[0] == COLON:
            return piece
        numbered, self._count = number(piece, self._count)
        return numbered


class Keeping(Writer):
    """Hands each piece that says something to `keep` as well."""

    __slots__ = ("_frames", "_keep", "_writer", "is_finished")

    def __init__(self, writer: Writer, keep: Callable[[bytes], None]) -> None:
        self._writer = writer
        self._frames = writer.frames
        self._keep = keep
        self.is_finished = False

    def frames(self, batch: Batch) -> bytes:
        piece = self._frames(batch)
        if piece and piece[0] != COLON:
            self._keep(piece)
        return piece

    def heartbeat(self) -> bytes:
        return self._writer.heartbeat()

    def queued(self, position: int, seconds: int | None) -> bytes:
        piece = self._writer.queued(position, seconds)
        if piece[0] != COLON:
            self._keep(piece)
        return piece

    def done(self) -> bytes:
        return self._last(self._writer.done())

    def broken_off(self, failure: Failure) -> bytes:
        return self._last(self._writer.broken_off(failure))

    def _last(self, piece: bytes) -> bytes:
        if not self.is_finished:
            self._keep(piece)
        self.is_finished = True
        return piece
