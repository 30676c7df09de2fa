"""What comes to the writer, and how much of it goes into one commit."""

import queue
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

from chat.requestlog.item import Item
from chat.requestlog.keeping import MOST_BYTES_AT_ONCE

# Nobody waits for a commit: requests that end in that time share one.
SECONDS_TO_GATHER = 0.1
# Who has only begun may end soon, and is written once then.
SECONDS_TO_END = 0.4
# While the database hangs, so much waits in memory.
MOST_BYTES_WAITING = 16_000_000


class Intake:
    """Takes items from any thread; one takes them out."""

    def __init__(self) -> None:
        self._items: queue.SimpleQueue[Item | None] = queue.SimpleQueue()
        self._bytes = 0  # of what is on the queue, about
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._closed = False

    @property
    def is_closing(self) -> bool:
        return self._closing.is_set()

    @property
    def is_over(self) -> bool:
        """Whether it is closing, and all was taken out."""
        return self.is_closing and self._items.empty()

    def put(self, item: Item) -> bool:
        """Whether there is room for `item`."""
        with self._lock:
            if self._closed or self._bytes >= MOST_BYTES_WAITING:
                return False
            self._bytes += item.size
            self._items.put(item)
            return True

    def take(self, seconds: float, most: int) -> list[Item]:
        """Wait for items for so long; return at most so many, for one commit.

        Who has something else to do in `seconds` waits no longer for others to join.
        """
        items: list[Item] = []
        with suppress(queue.Empty):
            if item := self._items.get(timeout=seconds):
                items.append(item)
        until = time.monotonic() + min(seconds, SECONDS_TO_END)
        while items and not self._gather(items, most):
            if time.monotonic() >= until:
                break
        with self._lock:
            self._bytes -= sum(item.size for item in items)
        return items

    def close(self) -> None:
        """Whoever takes need not wait for more."""
        self._closing.set()
        self._items.put(None)

    def take_last(self) -> Sequence[Item]:
        """Return what came until now; there is no room for what comes later."""
        items: list[Item] = []
        with self._lock:
            self._closed = True
            with suppress(queue.Empty):
                while True:
                    if item := self._items.get_nowait():
                        items.append(item)
        return items

    def _gather(self, items: list[Item], most: int) -> bool:
        """Wait a moment, and add what came to `items`; whether they are to be written
        now: one has ended or is waited for, or there are enough of them."""
        if not items[-1].stored:
            self._closing.wait(SECONDS_TO_GATHER)
        is_due, size = self.is_closing, sum(item.size for item in items)
        with suppress(queue.Empty):
            while len(items) < most and size <= MOST_BYTES_AT_ONCE:
                item = self._items.get_nowait()
                if item is None:
                    break
                items.append(item)
                size += item.size
            return True
        return is_due or any(item.stored or item.record.is_closed for item in items)
