"""How often somebody has come in the last minute, exact to the request.

Not by `limits`, which the log uses for its floods: its memory storage starts a thread
or a task for a hit, keeps each name for ever, and takes 50 to 180 µs where this takes
two; its Redis storage asks twice for what one script finds out with the rest.
"""

import time
from collections import deque

from chat.access.claim import SECONDS_OF_A_RATE, Quota

MOST_NAMES = 100_000


class Rates:
    """The last minute in this process. Not for several threads at once.

    A name is forgotten when its minute is over, and when there are too many the one
    that has been quiet for longest.
    """

    def __init__(self) -> None:
        self._hits: dict[str, deque[float]] = {}  # who came last stands last

    def hit(self, name: str, limit: int) -> Quota:
        """Count one more of `name`, if `limit` a minute leave room for it."""
        quota = self.look(name, limit)
        return self.count(name, limit) if quota.allowed else quota

    def has_room(self, name: str, limit: int) -> bool:
        """Whether one more of `name` may come now."""
        hits = self._last_minute(name, time.monotonic())
        return limit > (len(hits) if hits else 0)

    def look(self, name: str, limit: int) -> Quota:
        """How it stands, before one more is counted."""
        now = time.monotonic()
        hits = self._last_minute(name, now)
        taken = len(hits) if hits else 0
        if not hits or taken < limit:
            reset = hits[0] + SECONDS_OF_A_RATE - now if hits else 0.0
            return Quota(limit > taken, limit, max(0, limit - taken), reset)
        # The limit may have been higher until now.
        first = hits[taken - limit] if limit else hits[-1]
        return Quota(False, limit, 0, first + SECONDS_OF_A_RATE - now)

    def count(self, name: str, limit: int) -> Quota:
        """Count one more of `name`, of which somebody has looked that it may come."""
        now = time.monotonic()
        hits = self._hits.pop(name, None) or deque()
        hits.append(now)
        self._hits[name] = hits
        self._forget_two(now)
        reset = hits[0] + SECONDS_OF_A_RATE - now
        return Quota(True, limit, max(0, limit - len(hits)), max(0.0, reset))

    def taken(self, name: str) -> int:
        """How many there were in the last minute."""
        after = time.monotonic() - SECONDS_OF_A_RATE
        return sum(hit > after for hit in self._hits.get(name, ()))

    def _last_minute(self, name: str, now: float) -> deque[float] | None:
        hits = self._hits.get(name)
        while hits and hits[0] <= now - SECONDS_OF_A_RATE:
            hits.popleft()
        return hits

    def __len__(self) -> int:
        return len(self._hits)

    def _forget_two(self, now: float) -> None:
        """More than can have come meanwhile, so that nothing is ever swept."""
        for _ in range(2):
            name = next(iter(self._hits))
            hits = self._last_minute(name, now)
            if hits and len(self._hits) <= MOST_NAMES:
                return
            del self._hits[name]
