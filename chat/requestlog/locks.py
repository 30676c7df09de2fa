"""Locks on files, which go when their process does."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

if sys.platform != "win32":
    import fcntl
else:  # development only: there no record waits for a database that is away

    class fcntl:  # noqa: N801
        LOCK_EX = LOCK_NB = LOCK_UN = 0

        @staticmethod
        def flock(descriptor: int, operation: int) -> None:
            raise OSError("files cannot be locked on Windows")


@contextmanager
def locked(descriptor: int) -> Iterator[None]:
    """Wait for the lock, and hold it. Raises OSError."""
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


def lock(descriptor: int) -> None:
    """Wait for the lock, which stays until the file is closed. Raises OSError."""
    fcntl.flock(descriptor, fcntl.LOCK_EX)


def try_lock(descriptor: int) -> None:
    """As `lock`; raises BlockingIOError if another has it."""
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def unlock(descriptor: int) -> None:
    """Let go of it, whoever else has a copy of the descriptor. Raises OSError."""
    fcntl.flock(descriptor, fcntl.LOCK_UN)
