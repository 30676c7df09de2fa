"""A file of the spool, and whose it is."""

import os
import threading
import time
from pathlib import Path

from chat.requestlog.locks import lock, try_lock

BATCH_LINES = 50
BATCH_BYTES = 4_000_000


class SpoolFile:
    """Lines appended whole or not at all, read back in batches.

    Whoever holds it has it locked. A lock goes when its process does, however that
    ends: a file that is not locked was left behind. Every method may raise OSError.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self.made = time.monotonic()
        self.size = os.fstat(descriptor).st_size
        self.waiting = 0  # lines that nobody has let go of
        self.must_be_read = False  # some of its lines are known by it alone
        self.bytes_to_read = 0  # how much those are
        self.is_torn = False  # its last line is; nothing may come after it
        self._descriptor = descriptor
        self._position = 0
        self._flushed = 0
        self._let_go: set[int] = set()  # where lines begin that need not be read
        self._busy = threading.Lock()  # while it is flushed it is not closed

    @classmethod
    def create(cls, path: Path) -> "SpoolFile":
        # Not by its name before it is locked, or another process might take it.
        new = path.with_suffix(".new")
        descriptor = os.open(new, os.O_CREAT | os.O_APPEND | os.O_RDWR, 0o600)
        try:
            lock(descriptor)
            new.rename(path)
        except OSError:
            os.close(descriptor)
            new.unlink(missing_ok=True)
            raise
        return cls(path, descriptor)

    @classmethod
    def adopt(cls, path: Path) -> "SpoolFile | None":
        """Take over what another process left; None if that is still at it."""
        descriptor = os.open(path, os.O_RDWR)
        try:
            try_lock(descriptor)
        except BlockingIOError:
            os.close(descriptor)
            return None
        if not os.fstat(descriptor).st_nlink:  # another was quicker, and is done
            os.close(descriptor)
            return None
        return cls(path, descriptor)

    @property
    def left(self) -> int:
        """How many bytes are to be read, if it must be."""
        return self.size - self._position

    def append(self, line: bytes) -> int:
        """Write `line` for whoever comes after this process; return where it begins.

        The system has it then. The disk has it after `flush`. After an error nothing
        of it is there.
        """
        place = self.size
        written = 0
        try:
            while written < len(line):
                written += os.write(self._descriptor, line[written:])
        except OSError:
            if written:
                self.is_torn = True
                os.ftruncate(self._descriptor, place)
                self.is_torn = False
            raise
        self.size += written
        self.waiting += 1
        return place

    def overwrite(self, text: bytes) -> None:
        """Have the file begin with `text`; it stays locked."""
        with self.path.open("r+b", buffering=0) as file:
            file.write(text)

    def let_go(self, place: int) -> None:
        """The line that begins at `place` is stored, or another stands for it."""
        self.waiting -= 1
        self._let_go.add(place)

    def flush(self) -> None:
        """Have the disk keep what was appended, and the name of the file."""
        with self._busy:
            if self._descriptor < 0 or self._flushed == (size := self.size):
                return
            os.fsync(self._descriptor)
            if not self._flushed:
                folder = os.open(self.path.parent, os.O_RDONLY)
                try:
                    os.fsync(folder)
                finally:
                    os.close(folder)
            self._flushed = size

    def next_lines(self, most: int = BATCH_LINES) -> list[tuple[bytes, int]]:
        """Return the next lines that are not let go of, each with the place after it.

        There are none at the end. A torn line, as a kill in the midst of it leaves, is
        the last, and is left out.
        """
        lines: list[tuple[bytes, int]] = []
        place, size = self._position, 0
        with self.path.open("rb") as file:
            file.seek(place)
            while len(lines) < most and size < BATCH_BYTES:
                line = file.readline()
                if not line.endswith(b"\n"):
                    break
                if place not in self._let_go:
                    lines.append((line, place + len(line)))
                    size += len(line)
                place += len(line)
        return lines

    def go_on(self, place: int) -> None:
        """All before `place` is stored."""
        self._position = place

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        with self._busy:
            if self._descriptor >= 0:
                os.close(self._descriptor)
            self._descriptor = -1
