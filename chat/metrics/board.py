"""What one process counts: cells in a file that outlives it, however it ends."""

import contextlib
import logging
import mmap
import os
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from chat.metrics.families import CELLS, Row
from chat.requestlog.locks import lock, unlock

logger = logging.getLogger(__name__)

Key = tuple[str, ...]

# Where things lie in the file, in bytes.
SIZE = 1 << 20
MAGIC = b"zaichat1"
HEAD = struct.Struct("<8sQddII")  # end of rows, not counted, told at, version, length
STANDING, STANDING_END = 64, 1 << 15
SLOTS = STANDING_END // 8  # and from here on in cells
MOST_OPEN = 4096
ROWS = SLOTS + MOST_OPEN
WASTE = SIZE // 8 - max(CELLS.values())  # what there is no room for
NOT_COUNTED = 2
ROW_HEAD = struct.Struct("<II")  # bytes of the key, cells


class Board:
    """Counted on any thread, each row by one of them; the file is locked for as long as
    its process lives.

    All of its blocks are written beforehand: a disk that is full later ends nobody.
    """

    def __init__(self, path: Path) -> None:
        self.path: Path | None = path
        self._wanted = path
        self._lock = threading.Lock()
        self._rows: dict[Key, int] = {}
        self._free = list(range(MOST_OPEN, 0, -1))
        self._version = 0
        self._end = ROWS * 8
        self._descriptor: int | None = None
        try:
            self._descriptor, self._map = _make(path)
        except OSError as error:
            logger.warning("Metrics of this process are its own: %s", error.strerror)
            self.path, self._map = None, mmap.mmap(-1, SIZE)
        self.cells = memoryview(self._map).cast("d")
        self._write_head()

    def make_file(self) -> Callable[[], None] | None:
        """Try again to have a file, where there was no room for one. Return what moves
        what was counted into it, to be called on the thread that counts; None if there
        still is no room."""
        try:
            descriptor, made = _make(self._wanted)
        except OSError:
            return None

        def move() -> None:
            with self._lock:
                made[:] = self._map[:]
                self._map, self._descriptor = made, descriptor
                self.cells = memoryview(made).cast("d")
                self.path = self._wanted

        return move

    def row(self, what: Row, *labels: str) -> int:
        """Return where the cells of a row begin in `cells`; made on first use."""
        key = (what, *labels)
        at = self._rows.get(key)
        return self._make_row(key, CELLS[what]) if at is None else at

    def take_slot(self) -> int:
        """Return a cell for what is open; 0 where there is none."""
        return SLOTS + self._free.pop() - 1 if self._free else 0

    def give_back(self, slot: int) -> None:
        self.cells[slot] = 0.0
        self._free.append(slot - SLOTS + 1)

    def tell(self, standing: bytes) -> None:
        """Have the others know how this process stands: JSON, if it fits."""
        with self._lock:
            if len(standing) > STANDING_END - STANDING:
                return
            self._version += 1
            self._write_head()
            self._map[STANDING : STANDING + len(standing)] = standing
            self._version += 1
            self._write_head(len(standing))

    def read(self) -> bytes:
        """Return what the file has, or would have."""
        with self._lock:
            return self._map[:]

    def close(self) -> None:
        """Leave the file to the others."""
        with self._lock:
            if self._descriptor is not None:
                with contextlib.suppress(OSError):
                    unlock(self._descriptor)  # the map has a copy, which holds it too
                os.close(self._descriptor)
                self._descriptor = None

    def _make_row(self, key: Key, count: int) -> int:
        with self._lock:
            if (known := self._rows.get(key)) is not None:
                return known
            name = msgspec.json.encode(key)
            at = self._end + ROW_HEAD.size + len(name) + -len(name) % 8
            if at + 8 * count > WASTE * 8:
                self.cells[NOT_COUNTED] += 1
                return WASTE
            ROW_HEAD.pack_into(self._map, self._end, len(name), count)
            start = self._end + ROW_HEAD.size
            self._map[start : start + len(name)] = name
            self._end = at + 8 * count
            self._write_head(*HEAD.unpack_from(self._map)[-1:])
            self._rows[key] = at // 8
            return at // 8

    def _write_head(self, length: int = 0) -> None:
        lost, now = self.cells[NOT_COUNTED], time.monotonic()
        HEAD.pack_into(self._map, 0, MAGIC, self._end, lost, now, self._version, length)


def _make(path: Path) -> tuple[int, mmap.mmap]:
    """Not by its name before it is locked, or another process might take it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    descriptor = os.open(new, os.O_CREAT | os.O_RDWR | os.O_EXCL, 0o600)
    try:
        lock(descriptor)
        _fill(descriptor)
        made = mmap.mmap(descriptor, SIZE)
        new.rename(path)
    except OSError:
        os.close(descriptor)
        with contextlib.suppress(OSError):
            new.unlink()
        raise
    return descriptor, made


def _fill(descriptor: int) -> None:
    """Raises OSError where there is no room."""
    left = SIZE
    while left:
        left -= os.write(descriptor, bytes(left))
