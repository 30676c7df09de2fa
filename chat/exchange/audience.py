"""Who hears an answer: the one who asked, and those who came back for it."""

import asyncio
from collections.abc import Callable
from math import inf

from django.conf import settings

# Of this process, the answers that go on though nobody hears them.
_alone: set["Audience"] = set()


class Audience:
    """Says when an answer is over for want of listeners.

    `is_gone`: the connection that asked has ended. `has_all`: not before all of the
    answer was sent there. `is_alone`: nobody hears it now, and it goes on.
    `can_return`: who asked knows by what to ask for it again. `hurry` is told
    that another follows, who is not to wait long for the one who asked.
    """

    __slots__ = (
        "_changed",
        "_readers",
        "can_return",
        "has_all",
        "hurry",
        "is_alone",
        "is_gone",
        "patience",
    )

    def __init__(self, patience: float, can_return: bool) -> None:
        """`patience`: for so many seconds it goes on for nobody."""
        self.patience = patience
        self.can_return = can_return
        self.has_all = False
        self.is_gone = False
        self.is_alone = False
        self.hurry: Callable[[], None] | None = None
        self._readers = 0
        self._changed: asyncio.Future[None] | None = None

    @property
    def is_shared(self) -> bool:
        """Whether others follow it."""
        return self._readers > 0

    @property
    def outlasts(self) -> bool:
        """Whether it would go on if the one who asked left now."""
        if self._readers:
            return True
        if not self.patience or (self.patience < inf and not self.can_return):
            return False  # there is nobody to wait for
        return len(_alone) < settings.CHAT_LEFT_ANSWERS

    def leave(self) -> None:
        """The connection that asked has ended."""
        self.is_gone = True
        self.is_alone = not self.has_all and not self._readers

    def join(self) -> None:
        """Somebody came back for it, who calls `part` at the end."""
        self._readers += 1
        self.is_alone = False
        if self.hurry:
            self.hurry()
        self._tell()

    def part(self) -> None:
        self._readers -= 1
        if self.is_gone and not self._readers:
            self.is_alone = not self.has_all
        self._tell()

    async def outlast(self) -> None:
        """The one who asked has left: return once nobody is waited for any more."""
        self.leave()
        loop = asyncio.get_running_loop()
        try:
            while self.outlasts:
                seconds = None
                if not self._readers:
                    _alone.add(self)
                    seconds = min(self.patience, settings.CHAT_LEFT_SECONDS)
                self._changed = loop.create_future()
                await asyncio.wait({self._changed}, timeout=seconds)
                _alone.discard(self)
                if not self._changed.done():
                    return
        finally:
            _alone.discard(self)
            self._changed = None

    def _tell(self) -> None:
        if self._changed and not self._changed.done():
            self._changed.set_result(None)


def count_alone() -> int:
    """Return how many answers of this process go on though nobody hears them."""
    return len(_alone)
