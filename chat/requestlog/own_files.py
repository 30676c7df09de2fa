"""The files that a process writes its records in, one after the other."""

import itertools
import logging
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from chat.requestlog.item import Item
from chat.requestlog.spool_file import SpoolFile

logger = logging.getLogger(__name__)

# A file that is larger or older gets no more lines, so that it can go when all of its
# lines are stored: what was said is on the disk no longer than that.
MOST_BYTES = 4_000_000
MOST_SECONDS = 10.0
# What waits for longer is flushed to the disk, and told of.
PATIENCE_SECONDS = 1.0


class OwnFiles:
    """Appended to, and let go line by line; of at most `max_bytes` that are not.

    Safe from any thread. `append`, `new_file` and what flushes may raise OSError.
    """

    def __init__(self, folder: Path, process: str, max_bytes: int) -> None:
        self._folder = folder
        self._process = process
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._file_numbers = itertools.count(1)
        self._numbers = itertools.count(1)
        self._current: SpoolFile | None = None
        self._full: list[SpoolFile] = []
        # Lines that wait to be stored, the oldest first: since when, and their length.
        self._waiting: dict[int, tuple[float, int, SpoolFile]] = {}
        self._waiting_bytes = 0
        self._bytes_to_read = 0
        self._closed = False

    def append(self, item: Item, line: bytes) -> None:
        """Write `line` for `item`, which waits from now on until it is let go."""
        with self._lock:
            file, place = self._append(line)
            item.file, item.place, item.number = file, place, next(self._numbers)
            self._waiting[item.number] = (time.monotonic(), len(line), file)
            self._waiting_bytes += len(line)

    def append_line(self, line: bytes) -> None:
        """Write `line`, which nobody has in memory: it must be read back."""
        with self._lock:
            file, _ = self._append(line)
            self._must_read(file, len(line))

    def let_go(self, items: Iterable[Item]) -> None:
        with self._lock:
            for item in items:
                if (found := self._take(item)) and item.file:
                    found[2].let_go(item.place)
            done = self._take_done()
        _remove(done)

    def must_read(self, items: Iterable[Item]) -> None:
        """Nobody will have them in memory any more."""
        with self._lock:
            for item in items:
                if found := self._take(item):
                    self._must_read(found[2], found[1])

    @property
    def has_to_read(self) -> bool:
        with self._lock:
            return any(file.must_be_read for file in self._all())

    def to_read(self) -> SpoolFile | None:
        """Return the oldest file that must be read; nothing is appended to it then."""
        with self._lock:
            if self._current and self._current.must_be_read:
                self._retire()
            return next((file for file in self._full if file.must_be_read), None)

    def read_also(self, file: SpoolFile) -> None:
        with self._lock:
            self._must_read(file, file.size)
            self._full.append(file)

    def remove(self, file: SpoolFile) -> None:
        """All of `file` is stored."""
        with self._lock:
            self._full.remove(file)
            self._bytes_to_read -= file.bytes_to_read
        _remove([file])

    @property
    def bytes_too_long(self) -> int:
        """How much has waited for longer than it should."""
        with self._lock:
            return self._bytes_to_read + sum(
                length for _, length, _ in self._too_long()
            )

    def new_file(self) -> SpoolFile:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{self._process}.{next(self._file_numbers):06}.jsonl"
        return SpoolFile.create(self._folder / name)

    def tend(self) -> None:
        """Begin a new file where it is time to, and flush what waits too long."""
        try:
            self._begin_anew()
            with self._lock:
                late = {id(file): file for _, _, file in self._too_long()}
                late |= {id(file): file for file in self._all() if file.must_be_read}
            for file in late.values():
                file.flush()
        except OSError as error:
            logger.debug("The files in %s cannot be tended: %s", self._folder, error)

    def close(self) -> None:
        """Leave to others what is not stored."""
        with self._lock:
            self._closed = True
            if self._current:
                self._retire()
            done = self._take_done()
            for file in self._full:
                file.close()
            self._full = []
        _remove(done)

    def _append(self, line: bytes) -> tuple[SpoolFile, int]:
        if self._waiting_bytes + self._bytes_to_read + len(line) > self._max_bytes:
            raise OSError("it is full")
        if self._current is None:
            self._current = self.new_file()
        file = self._current
        try:
            return file, file.append(line)
        except OSError:
            if file.is_torn:
                self._retire()
            raise

    def _take(self, item: Item) -> tuple[float, int, SpoolFile] | None:
        found = self._waiting.pop(item.number, None)
        if found:
            self._waiting_bytes -= found[1]
        return found

    def _must_read(self, file: SpoolFile, length: int) -> None:
        file.must_be_read = True
        file.bytes_to_read += length
        self._bytes_to_read += length

    def _all(self) -> Sequence[SpoolFile]:
        return [*self._full, self._current] if self._current else self._full

    def _too_long(self) -> Iterable[tuple[float, int, SpoolFile]]:
        since = time.monotonic() - PATIENCE_SECONDS
        return itertools.takewhile(
            lambda found: found[0] <= since, self._waiting.values()
        )

    def _begin_anew(self) -> None:
        current = self._current
        if self._closed or (current and not _is_full(current)):
            return
        new = self.new_file()
        with self._lock:
            if self._closed or self._current is not current:  # or somebody was quicker
                done = [new]
            else:
                if current:
                    self._retire()
                self._current = new
                done = self._take_done()
        _remove(done)

    def _retire(self) -> None:
        if self._current:
            self._full.append(self._current)
        self._current = None

    def _take_done(self) -> list[SpoolFile]:
        done = [f for f in self._full if not (f.waiting or f.must_be_read)]
        self._full = [f for f in self._full if f not in done]
        return done


def _is_full(file: SpoolFile) -> bool:
    old = time.monotonic() - file.made > MOST_SECONDS
    return file.size >= MOST_BYTES or (old and file.size > 0)


def _remove(files: Iterable[SpoolFile]) -> None:
    for file in files:
        try:
            file.remove()
        except OSError as error:
            # Written again by whoever adopts it, which changes nothing.
            logger.error("The file %s cannot be deleted: %s", file.path, error)
