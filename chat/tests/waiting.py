"""Waiting for what happens elsewhere: never for long, and never by the clock alone."""

import time
from collections.abc import Callable

# No wait of a test is longer. On a busy machine little takes as long as it should.
SECONDS = 60.0


def eventually(condition: Callable[[], object], seconds: float = SECONDS) -> None:
    """Wait until `condition` holds, and fail if it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.01)
