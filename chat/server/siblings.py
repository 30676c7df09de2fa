"""The workers of one supervisor, as far as they have to know of each other."""

import logging
import os
import socket
import sys
from contextlib import suppress
from pathlib import Path

if sys.platform != "win32":
    import fcntl

logger = logging.getLogger(__name__)


class Siblings:
    """A file that all workers of `supervisor` have locked while they do one thing.

    They share the lock. Who could have it alone is the last that does, and a lock goes
    when its process does.
    """

    def __init__(self, folder: Path, supervisor: int, thing: str) -> None:
        # Of the host too: containers may share the folder, and number alike.
        self._path = folder / f"{socket.gethostname()}-{supervisor}.{thing}"
        self._descriptor: int | None = None

    def join(self) -> None:
        """Do it too; where the disk takes no file nothing is known of the others."""
        if sys.platform == "win32":
            return
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        except OSError as error:
            logger.debug("%s cannot be locked: %s", self._path, error)
            return
        self._descriptor = descriptor

    def leave(self) -> None:
        """Do it no longer."""
        if self._descriptor is not None:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def have_left(self) -> bool:
        """Whether no other does it. For one that has left; False if all is unknown."""
        if self._descriptor is None:
            return False
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        return True

    def close(self) -> None:
        if self._descriptor is None:
            return
        if self.have_left():
            with suppress(OSError):
                self._path.unlink()
        os.close(self._descriptor)
        self._descriptor = None
