"""One thread and one connection that store the log of a process.

Whatever has gathered while it was writing, or came shortly before, goes into its next
commit.
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
from chat.requestlog.callers import forget_callers
from chat.requestlog.database import Watchdog, stays_usable, use_own_connection
from chat.requestlog.forgetting import blank_requests
from chat.requestlog.item import Item, tell
from chat.requestlog.keeping import MOST_BYTES_AT_ONCE
from chat.requestlog.own_files import PATIENCE_SECONDS
from chat.requestlog.record import Record
from chat.requestlog.slow import TooSlow
from chat.requestlog.spending import forget_users
from chat.requestlog.spool import Spool
from chat.requestlog.spool_file import BATCH_LINES
from chat.requestlog.store import Store

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_ATTEMPTS = 1.0
# Nobody waits for a commit: requests that begin and end in that time share one.
SECONDS_TO_GATHER = 0.05
SECONDS_TO_FINISH = 10.0
MOST_AT_ONCE = 500
# So often a record is tried by itself that the database has no time for.
MOST_TRIES = 4
# While it hangs, so much waits in memory; what comes then is read back from the file.
MOST_BYTES_WAITING = 16_000_000


class Writer:
    """Takes items from any thread; the database's absence is its own affair."""

    def __init__(self, spool: Spool, beat: Beat) -> None:
        self.spool = spool
        self._beat = beat
        self._items: queue.SimpleQueue[Item | None] = queue.SimpleQueue()
        self._bytes = 0  # of what is on the queue, about
        self._in_hand: list[Item] = []
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._closed = False
        self._store = Store(spool.aside.add)
        # Fewer after some were too slow, until it is known which.
        self._most_at_once = MOST_AT_ONCE
        self._next_attempt = 0.0
        self.away_since: float | None = None
        self._trying_since: float | None = None
        self._thread = threading.Thread(
            target=self._run, name="requestlog", daemon=True
        )
        self._thread.start()

    def put(self, item: Item) -> None:
        with self._lock:
            is_on_queue = not self._closed and self._bytes < MOST_BYTES_WAITING
            if is_on_queue:
                self._bytes += item.size
                self._items.put(item)
        if not is_on_queue:
            self._keep([item])

    @property
    def silent_since(self) -> float | None:
        """Since when the database takes nothing, be it away or just keeping silent."""
        if self.away_since is not None:
            return self.away_since
        since = self._trying_since
        is_long = since and time.monotonic() - since > PATIENCE_SECONDS
        return since if is_long else None

    def close(self) -> None:
        """Write what is left, close what is open, end the thread."""
        self._closing.set()
        self._items.put(None)
        self._thread.join(SECONDS_TO_FINISH)
        if self._thread.is_alive():
            logger.error("The log could not be finished in time; what is left, waits")
            self._keep([*self._in_hand, *self._last_items()])
            self.spool.close()

    def _run(self) -> None:
        own = use_own_connection()
        self._store.watchdog = self._watchdog = Watchdog(own)
        try:
            while not (self._closing.is_set() and self._items.empty()):
                self._turn()
            self._finish()
        finally:
            self._watchdog.close()
            own.close()
            self._keep(self._last_items())
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
            self._keep(self._in_hand)
            self._in_hand = []

    def _take(self) -> list[Item]:
        items: list[Item] = []
        size = 0
        with suppress(queue.Empty):
            item = self._items.get(timeout=self._seconds_to_wait)
            if item and not item.stored:
                self._closing.wait(SECONDS_TO_GATHER)
            while item is not None:
                items.append(item)
                size += item.size
                if len(items) >= self._most_at_once or size > MOST_BYTES_AT_ONCE:
                    break
                item = self._items.get_nowait()
        with self._lock:
            self._bytes -= size
        self._in_hand = items
        return items

    @property
    def _seconds_to_wait(self) -> float:
        return 0.0 if self._may_try and self.spool.has_any else self._beat.seconds_left

    def _write(self, items: Sequence[Item]) -> None:
        records = [item.record for item in items]
        if self._may_try and self._attempt(lambda: self._write_all(records)):
            tell(items)
            self.spool.let_go(items)
        else:
            self._keep(items)
        self._in_hand = []

    def _write_all(self, records: Sequence[Record]) -> None:
        self._store.write(records)
        # Not before: somebody may be forgotten meanwhile.
        if theirs := set(self.spool.forgotten.among(records)):
            blank_requests(sorted(theirs))
            rows = [record.row for record in records if record.row.id in theirs]
            users = {row.user_id for row in rows if row.user_id}
            forget_users(users)
            forget_callers(users, {row.address for row in rows})
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

    def _keep(self, items: Sequence[Item]) -> None:
        """Leave `items` to their file, from which they are read back."""
        if items:
            self.spool.keep(items)
            tell([item for item in items if item.file])

    @property
    def _may_try(self) -> bool:
        return self.away_since is None or time.monotonic() >= self._next_attempt

    def _attempt(self, work: Callable[[], None]) -> bool:
        """Do `work`, or note that the database is away; whether it was done."""
        done = False
        try:
            self._trying_since = time.monotonic()
            with self._watchdog:
                work()
            done = True
        except TooSlow as error:
            self._most_at_once = 1
            logger.warning("The database answers, but not in time: %s", error)
        except Exception as error:  # whatever the driver raises, the thread goes on
            self._note_absence(error)
            return False
        finally:
            self._trying_since = None
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
            logger.error("The database cannot be used; the log waits: %s", error)
        self._next_attempt = now + SECONDS_BETWEEN_ATTEMPTS
        self._beat.put_off()
        if not stays_usable(error):
            with suppress(Exception):  # it may be broken in whatever way
                connection.close()

    def _finish(self) -> None:
        """Write what the files have, and only then close what is still open: they know
        better how it ended."""
        until = time.monotonic() + SECONDS_TO_FINISH / 2
        while self.spool.has_own_due and time.monotonic() < until:
            if not self._attempt(self._write_spooled):
                return
        if not self.spool.has_own and self._attempt(self._strike):
            self._attempt(self._beat.end)

    def _last_items(self) -> list[Item]:
        """What came until now; what comes later is left to its file."""
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
