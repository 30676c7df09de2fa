"""A file of the spool, and whose it is."""

import os
import sys
from contextlib import suppress
from pathlib import Path

if sys.platform != "win32":
    import fcntl
else:  # development only: there no record waits for a database that is away

    class fcntl:  # noqa: N801
        LOCK_EX = LOCK_NB = 0

        @staticmethod
        def flock(descriptor: int, operation: int) -> None:
            raise OSError("files cannot be locked on Windows")


BATCH_LINES = 50
BATCH_BYTES = 8_000_000


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
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        new.rename(path)
        return cls(path, descriptor)

    @classmethod
    def adopt(cls, path: Path) -> "SpoolFile | None":
        """Take over what another process left; None if that is still at it."""
        descriptor = os.open(path, os.O_RDWR)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
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

    def next_lines(self) -> tuple[list[bytes], int]:
        """Return the next lines, none at the end, and the position after them."""
        lines: list[bytes] = []
        with self.path.open("rb") as file:
            file.seek(self._position)
            start = self._position
            while len(lines) < BATCH_LINES and file.tell() - start < BATCH_BYTES:
                if not (line := file.readline()):
                    break
                lines.append(line)
            return lines, file.tell()

    def advance(self, position: int) -> None:
        self._position = position

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        os.close(self._descriptor)
