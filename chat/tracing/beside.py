"""Work that may take its time, done beside the event loop."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore

# Each holds a conversation until it is done.
MOST_WAITING = 100


class Beside:
    """A thread of its own, for which no more than `MOST_WAITING` wait."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "tracing")
        self._room = BoundedSemaphore(MOST_WAITING)

    def do(self, work: Callable[[], object]) -> bool:
        """Have `work` called soon; whether it will be: not where too many wait, nor
        after `close`."""
        if not self._room.acquire(blocking=False):
            return False
        try:
            self._thread.submit(work).add_done_callback(lambda _: self._room.release())
        except RuntimeError:  # it is closed
            self._room.release()
            return False
        return True

    def close(self) -> None:
        """Return once what waits is done."""
        self._thread.shutdown()
