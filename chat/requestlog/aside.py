"""The file for what can be stored in no other way, where it holds nothing up."""

import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from chat.requestlog.locks import locked
from chat.requestlog.losses import Losses

logger = logging.getLogger(__name__)

SECONDS_IN_A_DAY = 86_400


class Aside:
    """Lines of records, of at most `max_bytes`; what comes after that is lost."""

    def __init__(self, folder: Path, max_bytes: int, losses: Losses) -> None:
        self.path = folder / "set-aside.lines"
        self._max_bytes = max_bytes
        self._losses = losses

    @property
    def size(self) -> int:
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    def add(self, lines: Sequence[bytes], why: str) -> None:
        logger.error(
            "%d records %s and are set aside in %s", len(lines), why, self.path
        )
        for line in lines:
            try:
                self._append(line)
            except OSError as error:
                logger.error(
                    "%s takes no more (%s): a record is lost", self.path, error
                )
                self._losses.add(requests=1)

    def forget(self, days: int) -> None:
        """Delete the file if nothing was added for `days`; 0 keeps it."""
        with suppress(OSError):
            age = time.time() - self.path.stat().st_mtime
            if days and age > days * SECONDS_IN_A_DAY:
                self.path.unlink()

    def forget_user(self, user_id: str) -> None:
        """Take out the lines of `user_id`. Raises OSError."""
        its = b'"user_id":' + msgspec.json.encode(user_id)
        with (
            suppress(FileNotFoundError),
            self.path.open("r+b", buffering=0) as file,
            locked(file.fileno()),
        ):
            kept = [line for line in file.readlines() if its not in line]
            file.seek(0)
            file.write(b"".join(kept))
            file.truncate()

    def _append(self, line: bytes) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.touch(mode=0o600)  # its owner's alone from the first moment
        self.path.chmod(0o600)
        with self.path.open("ab", buffering=0) as file, locked(file.fileno()):
            if file.tell() + len(line) > self._max_bytes:
                raise OSError("it is full")
            file.write(line)
