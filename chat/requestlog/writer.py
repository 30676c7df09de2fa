"""One thread and one connection that write the log of a process.

Whatever has gathered while it was writing goes into its next commit.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from django.db import Error, connection
from msgspec.structs import replace

from chat.requestlog.beat import Beat
from chat.requestlog.database import Watchdog, stays_usable, use_own_connection
from chat.requestlog.item import Item, tell
from chat.requestlog.keeping import MOST_BYTES_AT_ONCE, bounded
from chat.requestlog.patience import Patience
from chat.requestlog.record import Record
from chat.requestlog.slow import TooSlow
from chat.requestlog.spool import Spool
from chat.requestlog.spool_file import BATCH_LINES
from chat.requestlog.store import Store

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_ATTEMPTS = 1.0
SECONDS_TO_FINISH = 10.0
MOST_AT_ONCE = 500
# So often a record is tried by itself that the database has no time for.
MOST_TRIES = 4


class Writer:
    """Takes records from any thread; the database's absence is its own affair."""

    def __init__(self, spool: Spool, beat: Beat) -> None:
        self.spool = spool
        self._beat = beat
        self._items: queue.SimpleQueue[Item | None] = queue.SimpleQueue()
        self._in_hand: list[Item] = []
        self._in_hand_spooled = False
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._closed = False
        self._store = Store(spool.aside.add)
        # Fewer after some were too slow, until it is known which.
        self._most_at_once = MOST_AT_ONCE
        self._next_attempt = 0.0
        self.away_since: float | None = None
        self._patience = Patience(self._spool_what_waits)
        self._thread = threading.Thread(
            target=self._run, name="requestlog", daemon=True
        )
        self._thread.start()

    def put(self, record: Record, stored: Callable[[], None] | None = None) -> None:
        item = Item(record, stored)
        with self._lock:
            if not self._closed:
                self._items.put(item)
                return
        self._spool([item])

    @property
    def silent_since(self) -> float | None:
        """Since when the database takes nothing, be it away or just keeping silent."""
        if self.away_since is not None:
            return self.away_since
        return self._patience.hanging_since

    def close(self) -> None:
        """Write what is left, close what is open, end the thread."""
        self._closing.set()
        self._items.put(None)
        self._thread.join(SECONDS_TO_FINISH)
        if self._thread.is_alive():
            logger.error("The log could not be finished in time; what is left, waits")
            self._spool([*self._in_hand, *self._last_items()])

    def _run(self) -> None:
        own = use_own_connection()
        self._store.watchdog = self._watchdog = Watchdog(own)
        try:
            while not (self._closing.is_set() and self._items.empty()):
                self._turn()
            self._finish()
        finally:
            self._watchdog.close()
            self._patience.close()
            own.close()
            self._spool(self._last_items())
            self.spool.close()

    def _turn(self) -> None:
        """Write what has come, or wait until something does or the beat is due."""
        try:
            if items := self._take():
                self._write(items)
            if self._may_try and self._beat.is_due:
                self._attempt(self._strike)
            if self._may_try and self.spool.has_any:
                self._attempt(self._write_spooled)
        except Exception:  # without this thread nothing would be written any more
            logger.exception("A fault of ours in the writer of the log; it goes on")

    def _take(self) -> list[Item]:
        items: list[Item] = []
        size = 0
        with suppress(queue.Empty):
            item = self._items.get(timeout=self._seconds_to_wait)
            while item is not None:
                item.record, more = bounded(item.record)
                items.append(item)
                size += more
                if len(items) >= self._most_at_once or size > MOST_BYTES_AT_ONCE:
                    break
                item = self._items.get_nowait()
        return items

    @property
    def _seconds_to_wait(self) -> float:
        return 0.0 if self._may_try and self.spool.has_any else self._beat.seconds_left

    def _write(self, items: Sequence[Item]) -> None:
        self._in_hand, self._in_hand_spooled = list(items), False
        records = [item.record for item in items]
        if self._may_try and self._attempt(lambda: self._write_all(records)):
            tell(items)
        elif not self._in_hand_spooled:
            self._spool(items)
        self._in_hand = []

    def _write_all(self, records: Sequence[Record]) -> None:
        self._store.write(records)
        self._most_at_once = min(2 * self._most_at_once, MOST_AT_ONCE)

    def _write_spooled(self) -> None:
        most = min(self._most_at_once, BATCH_LINES)
        self.spool.write_some(self._write_patiently, most)

    def _write_patiently(self, records: Sequence[Record]) -> None:
        """Write `records`; one by itself that takes too long lets the others pass."""
        try:
            self._write_all(records)
        except TooSlow as error:
            if len(records) > 1:
                raise
            self._put_off(records[0], error)

    def _put_off(self, record: Record, error: TooSlow) -> None:
        key, tries = record.row.id, record.tries + 1
        logger.warning("Request %s takes the database too long: %s", key, error)
        again = replace(record, tries=tries)
        if tries == MOST_TRIES or not self.spool.put_off(again):
            self._store.give_up(record)

    def _strike(self) -> None:
        try:
            self._beat.strike()
        except Error as error:
            self._store.tell_apart(error)
            raise

    def _spool(self, items: Sequence[Item]) -> None:
        if items:
            self.spool.append([bounded(item.record)[0] for item in items])
            tell(items)

    def _spool_what_waits(self) -> None:
        """While the thread hangs: what it has in hand may be stored all the same, and
        is written again then, which changes nothing."""
        if not self._in_hand_spooled:
            self._in_hand_spooled = True
            self._spool(self._in_hand)
        self._spool(self._waiting())
        if self._closing.is_set():
            self._items.put(None)  # it may have been among them

    @property
    def _may_try(self) -> bool:
        return self.away_since is None or time.monotonic() >= self._next_attempt

    def _attempt(self, work: Callable[[], None]) -> bool:
        """Do `work`, or note that the database is away; whether it was done."""
        done = False
        try:
            with self._watchdog, self._patience:
                work()
            done = True
        except TooSlow as error:
            self._most_at_once = 1
            logger.warning("The database answers, but not in time: %s", error)
        except Exception as error:  # whatever the driver raises, the thread goes on
            self._note_absence(error)
            return False
        if self.away_since is not None:
            logger.warning(
                "The database is back after %.0f s", time.monotonic() - self.away_since
            )
            self.away_since = None
        return done

    def _note_absence(self, error: Exception) -> None:
        now = time.monotonic()
        if self.away_since is None:
            self.away_since = now
            logger.error("The database cannot be used; the log is spooled: %s", error)
        self._next_attempt = now + SECONDS_BETWEEN_ATTEMPTS
        self._beat.missed()
        self.spool.save_memory()
        if not stays_usable(error):
            with suppress(Exception):  # it may be broken in whatever way
                connection.close()

    def _finish(self) -> None:
        """Write what the spool has, and only then close what is still open: the spool
        knows better how it ended."""
        until = time.monotonic() + SECONDS_TO_FINISH / 2
        while self.spool.has_own_due and time.monotonic() < until:
            if not self._attempt(self._write_spooled):
                return
        if not self.spool.has_own and self._attempt(self._strike):
            self._attempt(self._beat.end)

    def _last_items(self) -> list[Item]:
        """What came until now; what comes later goes to the spool by itself."""
        with self._lock:
            self._closed = True
            return self._waiting()

    def _waiting(self) -> list[Item]:
        """Take what waits, but not the word that the end is near."""
        items: list[Item] = []
        with suppress(queue.Empty):
            while True:
                if item := self._items.get_nowait():
                    items.append(item)
        return items
