"""Refused requests beyond what is worth a row each: counted, and said in the log."""

import logging
import threading
import time
from collections import Counter

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

logger = logging.getLogger(__name__)

ROWS_A_MINUTE = 100
MOST_ADDRESSES = 10_000
SECONDS_BETWEEN_REPORTS = 60.0


class Flood:
    """Asked from the event loop; reports from another thread."""

    def __init__(self) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._left_out: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._next_report = 0.0

    def admits(self, address: str | None) -> bool:
        """Whether one more refused request of `address` gets a row."""
        address = address or "an unknown address"
        if self._limiter.hit(RateLimitItemPerMinute(ROWS_A_MINUTE), address):
            return True
        with self._lock:
            if address in self._left_out or len(self._left_out) < MOST_ADDRESSES:
                self._left_out[address] += 1
        return False

    def report(self) -> None:
        """Say in the log what was left out, once a minute."""
        now = time.monotonic()
        if now >= self._next_report and self._left_out:
            self._next_report = now + SECONDS_BETWEEN_REPORTS
            self.report_now()

    def report_now(self) -> None:
        with self._lock:
            left_out, self._left_out = self._left_out, Counter()
        for address, count in left_out.items():
            logger.warning("%d refused requests of %s have no row", count, address)
