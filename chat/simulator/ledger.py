"""The requests the simulator has had, for tests that ask what reached Z.AI."""

import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

How = Literal["completed", "client_left", "failed"]

_KEPT = 200


@dataclass(slots=True)
class Entry:
    """One request; times are in seconds since the epoch, null until it is so far.

    `answered` is when the first event was written.
    """

    request_id: str
    started: float
    headers_seen: tuple[str, ...]
    answered: float | None = None
    ended: float | None = None
    how: How | None = None
    status: int | None = None
    stream: bool | None = None
    events_sent: int = 0


class Ledger:
    """Keeps the last requests; `changed` tells threads that one began or ended."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.open = 0
        self.total = 0
        self._entries: deque[Entry] = deque(maxlen=_KEPT)

    def begin(self, request_id: str, headers_seen: Iterable[str]) -> Entry:
        entry = Entry(request_id, time.time(), tuple(headers_seen))
        with self.changed:
            self.open += 1
            self.total += 1
            self._entries.append(entry)
            self.changed.notify_all()
        return entry

    def end(self, entry: Entry, how: How) -> None:
        """Note how a request ended, unless that is known already."""
        if entry.how is not None:
            return
        with self.changed:
            entry.ended = time.time()
            entry.how = how
            self.open -= 1
            self.changed.notify_all()

    def clear(self) -> None:
        """Forget what has ended; what is open stays counted."""
        self.total = self.open
        still_open = [entry for entry in self._entries if entry.ended is None]
        self._entries.clear()
        self._entries.extend(still_open)

    def state(self) -> dict[str, Any]:
        return {
            "open": self.open,
            "total": self.total,
            "requests": [asdict(entry) for entry in list(self._entries)],
        }
