"""What of the log was lost, counted where it is not forgotten."""

import logging
import os
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from chat.requestlog.locks import locked

logger = logging.getLogger(__name__)

# Written in place, and so on a full disk too.
FILE_BYTES = 256


class Lost(Struct):
    """Requests of which nothing was kept, or no text, from `first` to `last`."""

    requests: int = 0
    texts: int = 0
    first: datetime | None = None
    last: datetime | None = None


class Losses:
    """A small file of the spool, shared by the processes of a host.

    Safe from any thread. A fault of the disk is never raised: what cannot be written
    now is written with the next.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "lost.json"
        self._pending = Lost()
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """Make the file while there is room."""
        if not self.path.exists():
            self._write(Lost())

    def add(self, *, requests: int = 0, texts: int = 0) -> None:
        if not (requests or texts):
            return
        now = datetime.now(UTC)
        with self._lock:
            self._pending = _sum(self._pending, Lost(requests, texts, now, now))
        self.save()

    def save(self) -> None:
        """Write what could not be written yet."""
        with self._lock:
            if self._pending.first and self._write(self._pending):
                self._pending = Lost()

    def total(self) -> Lost:
        with self._lock:
            try:
                return _sum(_decoded(self.path.read_bytes()), self._pending)
            except OSError:
                return self._pending

    def _write(self, more: Lost) -> bool:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600)
            with (
                closing(os.fdopen(descriptor, "r+b", buffering=0)) as file,
                locked(descriptor),
            ):
                total = _sum(_decoded(file.read()), more)
                line = msgspec.json.encode(total) + b"\n"
                os.pwrite(descriptor, line.rjust(FILE_BYTES), 0)
                os.fsync(descriptor)
        except OSError as error:
            logger.debug("%s cannot be written: %s", self.path, error)
            return False
        return True


def _sum(one: Lost, other: Lost) -> Lost:
    return Lost(
        one.requests + other.requests,
        one.texts + other.texts,
        one.first or other.first,
        other.last or one.last,
    )


def _decoded(found: bytes) -> Lost:
    try:
        return msgspec.json.decode(found, type=Lost)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Lost()
