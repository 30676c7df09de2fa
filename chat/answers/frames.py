"""What was sent of an answer, as it was sent, for those who come back."""

import asyncio
from collections.abc import Callable

from chat.protocols.sse import DONE

END_OF_FRAME = b"\n\n"
# What a piece takes beside its bytes.
OVERHEAD = 64
# What is held is told by so many bytes at a time: of small events not each one.
BYTES_AT_A_TIME = 1024


class Frames:
    """Pieces, each of whole frames; nothing is encoded or copied again.

    `is_over`: no more will come, but for `last`, which is no frame of the answer and
    has no number. `is_lost`: there was no room to keep it all.
    """

    __slots__ = (
        *("_grew", "_untold", "_waiting", "is_lost", "is_over", "last"),
        *("pieces", "size"),
    )

    def __init__(self, grew: Callable[[int], None]) -> None:
        """`grew` hears how many bytes more are held."""
        self.pieces: list[bytes] = []
        self.size = 0  # as far as it was told
        self._untold = 0
        self.is_over = False
        self.is_lost = False
        self.last = b""
        self._grew = grew
        self._waiting: list[asyncio.Future[None]] = []

    def add(self, piece: bytes) -> None:
        if self.is_lost:
            return
        self.pieces.append(piece)
        self._untold += len(piece) + OVERHEAD
        if self._untold >= BYTES_AT_A_TIME or self._waiting:
            self._tell()
            self._wake()

    def end(self, last: bytes = b"") -> None:
        self.is_over = True
        self.last = self.last or last
        if not self.is_lost:
            self._tell()
        self._wake()

    def release(self) -> int:
        """Count as nothing from now on; return how many bytes were counted."""
        freed, self.size, self._untold = self.size, 0, 0
        return freed

    def lose(self) -> None:
        """Forget all, for want of room."""
        self.pieces = []
        self.is_lost = True
        self._wake()

    async def wait(self, index: int, seconds: float) -> bool:
        """Wait until there is a piece `index`, or an end; False after `seconds`."""
        if len(self.pieces) > index or self.is_over or self.is_lost:
            return True
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        try:
            await asyncio.wait({waiting}, timeout=seconds)
        finally:
            if waiting in self._waiting:
                self._waiting.remove(waiting)
        return waiting.done()

    def count(self) -> int:
        """Return how many frames there are, but for `[DONE]`."""
        count = sum(piece.count(END_OF_FRAME) for piece in self.pieces)
        is_done = bool(self.pieces) and self.pieces[-1].endswith(DONE)
        return count - is_done

    def _tell(self) -> None:
        grown, self._untold = self._untold, 0
        self.size += grown
        self._grew(grown)

    def _wake(self) -> None:
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            if not one.done():
                one.set_result(None)


def skip(piece: bytes, frames: int) -> tuple[bytes, int]:
    """Return what follows the first `frames` of `piece`, and how many are to be skipped
    in the next."""
    found = piece.count(END_OF_FRAME)
    if found < frames:
        return b"", frames - found
    return piece.split(END_OF_FRAME, frames)[-1], 0
