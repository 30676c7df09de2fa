"""What is logged again and again only after a while, however often it happens."""

import time
from collections.abc import Callable
from typing import Final

SECONDS = 60.0
MOST_KEYS = 100
OTHERS: Final = ""


class Seldom:
    """Says of each key, of at most `MOST_KEYS` in `SECONDS`, when it is to be told."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told: dict[str, float] = {}  # the oldest first

    def tell(self, key: str) -> str | None:
        """Return `key` if it is to be told now, OTHERS if there are too many, or None.

        OTHERS is a key like any other: it is told as seldom.
        """
        now = self._clock()
        while self._told and now - next(iter(self._told.values())) >= SECONDS:
            del self._told[next(iter(self._told))]
        if key not in self._told and len(self._told) >= MOST_KEYS:
            key = OTHERS
        if key in self._told:
            return None
        self._told[key] = now
        return key
