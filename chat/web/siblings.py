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
            self._make_room()
            self._descriptor = self._shared()
        except OSError as error:
            logger.debug("%s cannot be locked: %s", self._path, error)

    def be_first(self) -> bool:
        """Whether no other does it, and none did that still runs. True if unknown."""
        if sys.platform == "win32":
            return True
        own = self._path.with_suffix(f".{os.getpid()}")
        try:
            self._make_room()
            descriptor = os.open(own, os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            logger.debug("%s cannot be locked: %s", self._path, error)
            return True
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            os.link(own, self._path)  # locked already: nobody takes it for left
        except OSError:
            os.close(descriptor)
            return False
        finally:
            own.unlink()
        self._descriptor = descriptor
        return True

    def leave(self) -> None:
        """Do it no longer."""
        if self._descriptor is not None:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def have_left(self) -> bool:
        """Whether no worker does it any more. Ask after `leave`; False if unknown."""
        if self._descriptor is None:
            return False
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        return True

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
            _remove_if_left(self._path)

    def _make_room(self) -> None:
        folder = self._path.parent
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in folder.glob(f"*{self._path.suffix}"):
            _remove_if_left(left)

    def _shared(self) -> int:
        while True:
            descriptor = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            if os.fstat(descriptor).st_nlink:
                return descriptor
            os.close(descriptor)  # it was being removed


def _remove_if_left(path: Path) -> None:
    """Remove what nobody has locked: its processes have ended, however they did."""
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDWR)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
        finally:
            os.close(descriptor)
