"""One thread and one connection that write the log of a process.

Whatever has gathered while it was writing goes into its next commit.
"""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import connection

from chat.requestlog.beat import Beat
from chat.requestlog.database import use_own_connection
from chat.requestlog.record import Record
from chat.requestlog.spool import Spool
from chat.requestlog.store import Store

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_ATTEMPTS = 1.0
SECONDS_TO_FINISH = 10.0


@dataclass(slots=True)
class Item:
    record: Record
    stored: Callable[[], None] | None = None  # called when it is, or is in the spool


class Writer:
    """Takes records from any thread; the database's absence is its own affair."""

    def __init__(self, spool: Spool, beat: Beat) -> None:
        self.spool = spool
        self._beat = beat
        self._items: queue.SimpleQueue[Item | None] = queue.SimpleQueue()
        self._store = Store()
        self._next_attempt = 0.0
        self.away_since: float | None = None
        self._thread = threading.Thread(
            target=self._run, name="requestlog", daemon=True
        )
        self._thread.start()

    def put(self, record: Record, stored: Callable[[], None] | None = None) -> None:
        self._items.put(Item(record, stored))

    def close(self) -> None:
        """Write what is left, close what is open, end the thread."""
        self._items.put(None)
        self._thread.join(SECONDS_TO_FINISH)

    def _run(self) -> None:
        use_own_connection()
        try:
            while self._turn():
                pass
            self._attempt(self._beat.end)
        finally:
            connection.close()
            self.spool.close()

    def _turn(self) -> bool:
        """Write what has come, or wait until something does or the beat is due."""
        items, ended = self._take()
        if items:
            self._write(items)
        if self._may_try and self._beat.is_due:
            self._attempt(self._beat.strike)
        if self._may_try and self.spool.has_own():
            self._attempt(lambda: self.spool.drain(self._store.write))
        return not ended

    def _take(self) -> tuple[list[Item], bool]:
        items: list[Item] = []
        try:
            item = self._items.get(timeout=self._beat.seconds_left)
            while item is not None:
                items.append(item)
                item = self._items.get_nowait()
        except queue.Empty:
            return items, False
        return items, True

    def _write(self, items: Sequence[Item]) -> None:
        records = [item.record for item in items]
        stored = self._may_try and self._attempt(lambda: self._store.write(records))
        if not stored:
            self.spool.append(records)
        for item in items:
            if item.stored:
                item.stored()

    @property
    def _may_try(self) -> bool:
        return self.away_since is None or time.monotonic() >= self._next_attempt

    def _attempt(self, work: Callable[[], None]) -> bool:
        """Do `work`, or note that the database is away."""
        try:
            work()
        except Exception as error:  # whatever the driver raises, the thread goes on
            self._note_absence(error)
            return False
        if self.away_since is not None:
            logger.warning(
                "The database is back after %.0f s", time.monotonic() - self.away_since
            )
            self.away_since = None
        return True

    def _note_absence(self, error: Exception) -> None:
        now = time.monotonic()
        if self.away_since is None:
            self.away_since = now
            logger.error("The database cannot be used; the log is spooled: %s", error)
        self._next_attempt = now + SECONDS_BETWEEN_ATTEMPTS
        self._beat.missed()
        connection.close()


def in_loop(future: "asyncio.Future[None]") -> Callable[[], None]:
    """Return what tells `future`'s loop, from another thread, that it is done."""
    loop = future.get_loop()

    def resolve() -> None:
        if not future.done():
            future.set_result(None)

    def tell() -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(resolve)

    return tell
