"""Refused requests beyond what is worth a row each: counted, and said in the log."""

import logging
import threading
import time
from collections import Counter
from datetime import UTC, datetime

from django.db import connection, transaction
from limits import parse_many
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from chat.address import group_of
from chat.ending import Ending, Whose
from chat.requestlog import tallies

logger = logging.getLogger(__name__)

# Rows for one address, or a /64 of IPv6, and for all of them together. A row with text
# counts as one more for every 20 kB of it.
EACH = "100 per minute; 5000 per day"
ALL = "1000 per minute; 50000 per day"
TEXT_BYTES = 20_000
HIGHEST_COST = 100
MOST_ADDRESSES = 10_000
MOST_REPORTED = 20
SECONDS_BETWEEN_REPORTS = 60.0
# Who had more gets no row beforehand for so long, but with what goes well.
SECONDS_OF_MISTRUST = 3600.0


class Flood:
    """Asked from the event loop; reports from another thread.

    "Refused" is what we turn away, and what Z.AI rejects for the caller's fault.
    """

    def __init__(self) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._each = parse_many(EACH)
        self._all = parse_many(ALL)
        self._left_out: Counter[str] = Counter()
        self._sums: Counter[tallies.Unlogged] = Counter()
        self._mistrusted: dict[str, float] = {}
        self.left_out_in_all = 0
        self._lock = threading.Lock()
        self._next_report = 0.0

    def mistrusts(self, address: str | None) -> bool:
        """Whether `address` had more than its share refused, not long ago."""
        if not self._mistrusted:
            return False
        until = self._mistrusted.get(group_of(address))
        return until is not None and until > time.monotonic()

    def admits(self, address: str | None, text_bytes: int = 0) -> bool:
        """Whether one more refused request of `address` gets a row."""
        group = group_of(address)
        if self._takes(group, min(HIGHEST_COST, 1 + text_bytes // TEXT_BYTES)):
            return True
        with self._lock:
            self._mistrust(group)
        return False

    def leave_out(
        self,
        address: str | None,
        ending: Ending | None,
        whose: Whose | None = Whose.CALLER,
        code: str | None = None,
    ) -> None:
        """Count a request that gets none."""
        minute = datetime.now(UTC).replace(second=0, microsecond=0)
        group = group_of(address)
        with self._lock:
            self._sums[minute, str(ending), whose or "", code or ""] += 1
            self.left_out_in_all += 1
            if group not in self._left_out and len(self._left_out) >= MOST_ADDRESSES:
                group = "further addresses"
            self._left_out[group] += 1

    def report(self) -> None:
        """Add what was left out to the sums, and say it in the log once a minute."""
        self._write_sums()
        now = time.monotonic()
        if now >= self._next_report and self._left_out:
            self._next_report = now + SECONDS_BETWEEN_REPORTS
            self.report_now()

    def report_now(self) -> None:
        with self._lock:
            left_out, self._left_out = self._left_out, Counter()
        reported = left_out.most_common(MOST_REPORTED)
        for address, count in reported:
            logger.warning("%d refused requests of %s have no row", count, address)
        if others := len(left_out) - len(reported):
            count = left_out.total() - sum(count for _, count in reported)
            what = "%d refused requests of %d more addresses have no row"
            logger.warning(what, count, others)

    def _takes(self, group: str, cost: int) -> bool:
        limits = [(item, group) for item in self._each]
        limits += [(item, "all") for item in self._all]
        # What is over one limit counts for none, so that no more addresses are
        # remembered than there are rows for.
        if not all(self._limiter.test(*limit, cost=cost) for limit in limits):
            return False
        for limit in limits:
            self._limiter.hit(*limit, cost=cost)
        return True

    def _mistrust(self, group: str) -> None:
        self._mistrusted.pop(group, None)
        if len(self._mistrusted) >= MOST_ADDRESSES:
            del self._mistrusted[next(iter(self._mistrusted))]
        self._mistrusted[group] = time.monotonic() + SECONDS_OF_MISTRUST

    def _write_sums(self) -> None:
        with self._lock:
            sums, self._sums = self._sums, Counter()
        if not sums:
            return
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                tallies.add_counts(cursor, sums)
        except BaseException:
            with self._lock:
                self._sums.update(sums)
            raise
