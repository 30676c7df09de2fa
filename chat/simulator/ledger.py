"""The requests the simulator has had, for tests that ask what reached Z.AI."""

import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from .counts import Counts

How = Literal["completed", "client_left", "failed"]

_KEPT = 200


@dataclass(slots=True)
class Entry:
    """One request; times are in seconds since the epoch, null until it is so far.

    `answered` is when the first event was written. `key` is the part of it that is no
    secret, `refused` Z.AI's code; `open` is how many of this key and model were open
    when it came, with it.
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
    key: str | None = None
    model: str | None = None
    open: int | None = None
    refused: str | None = None


class Ledger:
    """Keeps the last requests; `changed` tells threads that one began or ended."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.open = 0
        self.total = 0
        self._entries: deque[Entry] = deque(maxlen=_KEPT)
        self._counts = Counts()

    def begin(self, request_id: str, headers_seen: Iterable[str]) -> Entry:
        entry = Entry(request_id, time.time(), tuple(headers_seen))
        with self.changed:
            self.open += 1
            self.total += 1
            self._entries.append(entry)
            self.changed.notify_all()
        return entry

    def ask(self, entry: Entry, key: str, model: str) -> int:
        """Note what is asked, and with which key; return how many such are open."""
        with self.changed:
            entry.key, entry.model = key, model
            count = self._counts.of(key, model)
            count.begin()
            entry.open = count.open
            self.changed.notify_all()
        return count.open

    def refuse(self, entry: Entry, code: str) -> None:
        """Note that it will have no answer: it is not open any more."""
        entry.refused = code
        if entry.key and entry.model:
            with self.changed:
                self._counts.of(entry.key, entry.model).refuse(code)
                self.changed.notify_all()

    def end(self, entry: Entry, how: How) -> None:
        """Note how a request ended, unless that is known already."""
        if entry.how is not None:
            return
        with self.changed:
            if entry.key and entry.model and not entry.refused:
                count = self._counts.of(entry.key, entry.model)
                count.end(whole=how == "completed")
            entry.ended = time.time()
            entry.how = how
            self.open -= 1
            self.changed.notify_all()

    def clear(self) -> None:
        """Forget what has ended; what is open stays counted."""
        with self.changed:
            self.total = self.open
            still_open = [entry for entry in self._entries if entry.ended is None]
            self._entries.clear()
            self._entries.extend(still_open)
            self._counts.clear()

    def counts(self) -> list[dict[str, Any]]:
        """What was asked of each model with each key, and how many are open."""
        with self.changed:
            return self._counts.as_json()

    def state(self) -> dict[str, Any]:
        return {
            "open": self.open,
            "total": self.total,
            "requests": [asdict(entry) for entry in list(self._entries)],
            "counts": self.counts(),
        }
