"""Looks again and again how many slots are in use."""

import threading
import time
from types import TracebackType

from benchmarks.gate.counts import Counts
from benchmarks.gate.setting import SLOTS

LOOKS_A_SECOND = 50


class Watch:
    """From a thread, for as long as the block lasts.

    `longest` is for how many seconds a slot stood empty at the longest, once all had
    been in use; `at_last` the same at the end. None if they never were.
    """

    def __init__(self, counts: Counts) -> None:
        self.longest: float | None = None
        self.at_last: float | None = None
        self._counts = counts
        self._is_full = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def wait_until_full(self, seconds: float) -> None:
        """Return once all slots are in use, or after so long."""
        self._is_full.clear()
        self._is_full.wait(seconds)

    def _look(self) -> None:
        full = None
        while not self._over.wait(1 / LOOKS_A_SECOND):
            is_full = self._counts.now().open >= SLOTS
            now = time.monotonic()
            if is_full:
                full = now
                self._is_full.set()
            if full is not None:
                self.at_last = now - full
                self.longest = max(self.longest or 0.0, self.at_last)
