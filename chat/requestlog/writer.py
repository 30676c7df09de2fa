"""One thread and one connection that store the log of a process.

Whatever has gathered while it was writing, or came shortly before, goes into its next
commit.
"""

import logging
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
from chat.requestlog.intake import Intake
from chat.requestlog.item import Item, tell
from chat.requestlog.own_files import PATIENCE_SECONDS
from chat.requestlog.record import Record
from chat.requestlog.slow import TooSlow
from chat.requestlog.spending import forget_users
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
    """Takes items from any thread; the database's absence is its own affair."""

    def __init__(self, spool: Spool, beat: Beat) -> None:
        self.spool = spool
        self._beat = beat
        self._intake = Intake()
        self._in_hand: Sequence[Item] = []
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
        if not self._intake.put(item):
            self._keep([item])  # and read it back from the file

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
        self._intake.close()
        self._thread.join(SECONDS_TO_FINISH)
        if self._thread.is_alive():
            logger.error("The log could not be finished in time; what is left, waits")
            self._keep([*self._in_hand, *self._intake.take_last()])
            self.spool.close()

    def _run(self) -> None:
        own = use_own_connection()
        self._store.watchdog = self._watchdog = Watchdog(own)
        try:
            while not self._intake.is_over:
                self._turn()
            self._finish()
        finally:
            self._watchdog.close()
            own.close()
            self._keep(self._intake.take_last())
            self.spool.close()

    def _turn(self) -> None:
        """Write what has come, or wait until something does or the beat is due."""
        try:
            items = self._intake.take(self._seconds_to_wait, self._most_at_once)
            if items:
                self._in_hand = items
                self._write(items)
            if self._may_try and self._beat.is_due:
                self._attempt(self._strike)
            if self._may_try and self.spool.has_any:
                self._attempt(self._write_spooled)
        except Exception:  # without this thread nothing would be written any more
            logger.exception("A fault of ours in the writer of the log; it goes on")
            self._keep(self._in_hand)
            self._in_hand = []

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
