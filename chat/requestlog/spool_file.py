"""A file of the spool, and whose it is."""

import os
from contextlib import suppress
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
        self._descriptor = descriptor
        self._position = 0

    @classmethod
    def create(cls, path: Path) -> "SpoolFile":
        # Not by its name before it is locked, or another process might take it.
        new = path.with_suffix(".new")
        descriptor = os.open(new, os.O_CREAT | os.O_APPEND | os.O_RDWR, 0o600)
        lock(descriptor)
        new.rename(path)
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
    def size(self) -> int:
        return os.fstat(self._descriptor).st_size

    def append(self, lines: bytes) -> None:
        """Keep `lines` durably; after an error none of them is there."""
        size, left = self.size, memoryview(lines)
        try:
            while left:
                left = left[os.write(self._descriptor, left) :]
            os.fsync(self._descriptor)
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._descriptor, size)
            raise

    def next_lines(self, most: int = BATCH_LINES) -> list[bytes]:
        """Return the next lines, none at the end."""
        lines: list[bytes] = []
        with self.path.open("rb") as file:
            file.seek(self._position)
            while len(lines) < most and file.tell() - self._position < BATCH_BYTES:
                if not (line := file.readline()):
                    break
                lines.append(line)
        return lines

    def advance(self, size: int) -> None:
        """Go on behind the next `size` bytes."""
        self._position += size

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        os.close(self._descriptor)
