"""Who was forgotten, for those who still have something of theirs to store."""

import logging
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path

import msgspec
from django.conf import settings
from msgspec import Struct

from chat.requestlog.record import Record

logger = logging.getLogger(__name__)

SECONDS_KEPT = 30 * 86_400.0


class _Person(Struct):
    user: str  # a hash that only this service can make
    at: datetime


class Forgotten:
    """A small file of the spool, shared by the processes of a host.

    A record may wait in a file, or in memory, while its person is forgotten in the
    database: whoever stores it afterwards looks here.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "forgotten.lines"
        self._known: dict[str, datetime] = {}
        self._version: tuple[int, int] | None = None

    def add(self, user_id: str) -> None:
        """Note that all is to be forgotten that `user_id` asked until now. Raises
        OSError."""
        line = msgspec.json.encode(_Person(_hash(user_id), datetime.now(UTC))) + b"\n"
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        try:
            os.write(descriptor, line)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def among(self, records: Sequence[Record]) -> list[str]:
        """Return the ids of those of `records` that are to be forgotten."""
        known = self._read()
        return [
            record.row.id
            for record in records
            if known
            and (user := record.row.user_id)
            and (at := known.get(_hash(user)))
            and record.row.created_at <= at
        ]

    def clear(self) -> None:
        """Delete the file once nothing can wait any more that is older."""
        with suppress(OSError):
            if time.time() - self.path.stat().st_mtime > SECONDS_KEPT:
                self.path.unlink()

    def _read(self) -> dict[str, datetime]:
        try:
            found = self.path.stat()
        except OSError:
            return {}
        version = found.st_mtime_ns, found.st_size
        if version != self._version:
            with suppress(OSError):
                self._known = _people(self.path.read_bytes())
                self._version = version
        return self._known


def _people(lines: bytes) -> dict[str, datetime]:
    known: dict[str, datetime] = {}
    for line in lines.splitlines():
        try:
            person = msgspec.json.decode(line, type=_Person)
        except (msgspec.DecodeError, UnicodeDecodeError):
            logger.error("A line of those who were forgotten cannot be read")
            continue
        known[person.user] = person.at
    return known


def _hash(user_id: str) -> str:
    key = blake2b(settings.SECRET_KEY.encode()).digest()
    return blake2b(user_id.encode(errors="replace"), key=key).hexdigest()[:32]
