"""Where records wait on disk while the database is away."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import msgspec

from chat.requestlog.record import Record, decode_record, encode_record
from chat.requestlog.spool_file import SpoolFile

logger = logging.getLogger(__name__)

Write = Callable[[Sequence[Record]], None]
SECONDS_IN_A_DAY = 86_400


class Spool:
    """Files of one record a line, in the order they were written, named by process.

    Bounded by `max_bytes` a process: what comes after that is lost, and the log says
    so. `append` is safe from any thread, the rest belongs to the writer's. A fault of
    the disk is logged and never raised.
    """

    def __init__(self, folder: Path, process: str, max_bytes: int) -> None:
        self._folder = folder
        self._process = process
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._number = 0
        self._file: SpoolFile | None = None
        self._own: list[SpoolFile] = []  # full ones, to be written before it
        self._adopted: list[SpoolFile] = []
        self._closed = False
        self.lost = 0

    def append(self, records: Sequence[Record]) -> None:
        """Keep `records` durably; if that fails, count them and say so in the log."""
        with self._lock:
            try:
                lines = b"".join(encode_record(record) + b"\n" for record in records)
                self._append(lines)
            except Exception as error:  # chat goes on, whatever it is
                self.lost += len(records)
                logger.error(
                    "The spool takes no more (%s): %d records of the log are lost",
                    error,
                    len(records),
                )

    @property
    def waiting_bytes(self) -> int:
        """What waits, for every process of this host."""
        try:
            return sum(path.stat().st_size for path in self._folder.glob("*.jsonl"))
        except OSError:
            return 0

    @property
    def has_own(self) -> bool:
        return bool(self._own or self._file)

    @property
    def has_any(self) -> bool:
        return bool(self._adopted) or self.has_own

    def write_some(self, write: Write) -> None:
        """Hand the oldest records to `write`, not many at a time. What that raises,
        goes on, and they will come again."""
        self._retire_file()
        files = self._own or self._adopted
        if not files:
            return
        try:
            lines, position = files[0].next_lines()
        except OSError as error:
            self._give_up(files.pop(0), error)
            return
        records, unreadable = _decoded(lines)
        if records:
            write(records)
        if unreadable:
            self.set_aside(unreadable, "cannot be read")
        files[0].advance(position)
        if not lines:
            _remove(files.pop(0))

    def adopt(self) -> bool:
        """Take over what dead processes left; whether nothing of theirs is left."""
        held = {file.path for file in (*self._adopted, *self._own)}
        for path in sorted(self._folder.glob("*.jsonl")):
            if path in held or path.name.startswith(self._process):
                continue
            try:
                if file := SpoolFile.adopt(path):
                    self._adopted.append(file)
            except OSError as error:
                logger.error("The spool %s cannot be opened: %s", path, error)
        return not self._adopted

    def set_aside(self, lines: Sequence[bytes], why: str) -> None:
        """Keep `lines` of which nothing can be made where they hold nothing up."""
        aside = self._aside
        logger.error("%d records %s and are set aside in %s", len(lines), why, aside)
        with suppress(OSError), _open_private(aside) as file:
            if file.tell() < self._max_bytes:
                file.writelines(lines)

    def forget_set_aside(self, days: int) -> None:
        """Delete what was set aside more than `days` ago; 0 keeps it."""
        with suppress(OSError):
            age = time.time() - self._aside.stat().st_mtime
            if days and age > days * SECONDS_IN_A_DAY:
                self._aside.unlink()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._release()

    @property
    def _aside(self) -> Path:
        return self._folder / "set-aside.lines"

    def _append(self, lines: bytes) -> None:
        taken = sum(file.size for file in self._own)
        if self._file is None:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._number += 1
            name = f"{self._process}.{self._number:06}.jsonl"
            self._file = SpoolFile.create(self._folder / name)
        try:
            if taken + self._file.size + len(lines) > self._max_bytes:
                raise OSError("it is full")
            self._file.append(lines)
        finally:
            if self._closed:
                self._release()

    def _retire_file(self) -> None:
        with self._lock:
            if self._file and not self._own:
                self._own.append(self._file)
                self._file = None

    def _give_up(self, file: SpoolFile, error: OSError) -> None:
        logger.error("The spool %s cannot be read: %s", file.path, error)
        with suppress(OSError):
            file.path.rename(file.path.with_suffix(".unreadable"))
        file.close()

    def _release(self) -> None:
        for file in (*self._own, *self._adopted, *filter(None, [self._file])):
            file.close()
        self._own, self._adopted, self._file = [], [], None


def _open_private(path: Path) -> BinaryIO:
    """For whoever adds to it, from the first moment its owner's alone."""
    path.touch(mode=0o600)
    path.chmod(0o600)
    return path.open("ab")


def _decoded(lines: Sequence[bytes]) -> tuple[list[Record], list[bytes]]:
    records, unreadable = [], []
    for line in lines:
        try:
            records.append(decode_record(line))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            unreadable.append(line)
    return records, unreadable


def _remove(file: SpoolFile) -> None:
    try:
        file.remove()
    except OSError as error:
        # Written again by whoever adopts it, which changes nothing.
        logger.error("The spool %s cannot be deleted: %s", file.path, error)
