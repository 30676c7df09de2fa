"""When Z.AI was asked, and what became of it: for whoever wants to see the waits."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from chat.failures import Failure
from chat.observation import Observation

C = TypeVar("C")
T = TypeVar("T")

# Of more the first are kept, and the last: how many there were is counted elsewhere.
MOST = 20


class Attempt(Struct, frozen=True, omit_defaults=True):
    """A try, in milliseconds since the exchange was opened.

    `end` is when the answer began or `code` came; None if it was given up before.
    `queued` is how much of the wait before it was in the gate's queue.
    """

    start: int
    end: int | None = None
    code: str | None = None
    queued: int | None = None


class Attempts:
    """The tries of one question.

    `waited` is how many seconds it was in the gate's queue, all its tries together.
    `readied` is how many passed until Z.AI was asked first, less those in the queue;
    `begun_at` when the answer began. None where nothing was measured.
    """

    __slots__ = ("_queued", "_seen", "all", "begun_at", "readied", "waited")

    def __init__(self, seen: Observation) -> None:
        """`seen` has the clock, which began as the exchange was opened."""
        self.all: list[Attempt] = []
        self.waited: float | None = None
        self.readied: float | None = None
        self.begun_at: float | None = None
        self._queued = 0.0
        self._seen = seen

    def queued(self, seconds: float) -> None:
        """Note a time in the gate's queue, before the next try."""
        self.waited = (self.waited or 0.0) + seconds
        self._queued += seconds

    async def follow(self, ask: Callable[[C], Awaitable[T]], call: C) -> T:
        """Await `ask(call)`, the next try. Raises what it raises."""
        self._begin()
        try:
            result = await ask(call)
        except Failure as failure:
            self._end(failure.code or failure.type)
            raise
        self._end()
        self.begun_at = self._seen.elapsed
        return result

    def _begin(self) -> None:
        queued, self._queued = self._queued, 0.0
        if self.readied is None:
            self.readied = self._seen.elapsed - queued
        began = Attempt(self._now(), queued=_ms(queued) or None)
        del self.all[MOST - 1 :]
        self.all.append(began)

    def _end(self, code: str | None = None) -> None:
        self.all[-1] = replace(self.all[-1], end=self._now(), code=code)

    def _now(self) -> int:
        return _ms(self._seen.elapsed)


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
