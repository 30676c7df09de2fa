"""Where records wait on disk while the database is away."""

import logging
import os
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import IO

import msgspec

from chat.requestlog.record import Record, decode_record, encode_record

logger = logging.getLogger(__name__)

Write = Callable[[Sequence[Record]], None]
RECORDS_AT_ONCE = 50


class Spool:
    """Files of one record a line, in the order they were written, named by process.

    Bounded by `max_bytes` a process: what comes after that is lost, and the log says
    so. Safe to use from several threads.
    """

    def __init__(self, folder: Path, process: str, max_bytes: int) -> None:
        self._folder = folder
        self._process = process
        self._path = folder / f"{process}.jsonl"
        self._draining = folder / f"{process}.draining.jsonl"
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._file: IO[bytes] | None = None
        self.lost = 0

    def append(self, records: Sequence[Record]) -> None:
        """Keep `records` durably; if that fails, count them and say so in the log."""
        lines = b"".join(encode_record(record) + b"\n" for record in records)
        with self._lock:
            try:
                self._write(lines)
            except OSError as error:
                self.lost += len(records)
                logger.error(
                    "The spool takes no more (%s): %d records of the log are lost",
                    error,
                    len(records),
                )

    def waiting_bytes(self) -> int:
        """What waits, for every process of this host."""
        try:
            return sum(path.stat().st_size for path in self._folder.glob("*.jsonl"))
        except OSError:
            return 0

    def has_own(self) -> bool:
        return self._file is not None or self._draining.exists()

    def drain(self, write: Write) -> None:
        """Hand what this process wrote to `write`. What that raises, goes on."""
        with self._lock:
            if self._file and not self._draining.exists():
                self._file.close()
                self._file = None
                self._path.replace(self._draining)
        _drain(self._draining, write)

    def drain_orphans(self, living: Collection[str], write: Write) -> None:
        """Hand to `write` what was left by processes that are not among `living`."""
        for path in sorted(self._folder.glob("*.jsonl")):
            owner = path.name.split(".")[0]
            if owner != self._process and owner not in living:
                _drain(path, write)

    def close(self) -> None:
        with self._lock:
            if self._file:
                self._file.close()
                self._file = None

    def _write(self, lines: bytes) -> None:
        if self._file is None:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_CREAT | os.O_APPEND | os.O_WRONLY
            self._file = os.fdopen(os.open(self._path, flags, 0o600), "ab")
        if self._file.tell() + len(lines) > self._max_bytes:
            raise OSError("it is full")
        self._file.write(lines)
        self._file.flush()
        os.fsync(self._file.fileno())


def _drain(path: Path, write: Write) -> None:
    if not path.exists():
        return
    with path.open("rb") as file:
        for records in _batches(file):
            write(records)
    path.unlink(missing_ok=True)


def _batches(file: IO[bytes]) -> Iterator[list[Record]]:
    batch: list[Record] = []
    for line in file:
        try:
            batch.append(decode_record(line))
        except (msgspec.DecodeError, UnicodeDecodeError):
            _set_aside(Path(file.name).parent, line)
        if len(batch) >= RECORDS_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _set_aside(folder: Path, line: bytes) -> None:
    aside = folder / "unreadable.lines"
    logger.error("A line of the spool cannot be read and is set aside in %s", aside)
    with aside.open("ab") as file:
        file.write(line)
