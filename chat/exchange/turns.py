"""Who works on the event loop when many come at once: a few in each of its rounds."""

import asyncio
from collections import deque

# To begin a request takes about a millisecond: what else is due waits no longer than
# for so many of them in each round, and a small request takes some ten rounds.
MOST_IN_A_ROUND = 3


class Turns:
    """Lets `most` through in one round of the loop; the others wait for the next.

    Nobody holds a turn: who waits for something else holds up nobody. A crowd of 2,000
    is begun as fast as without, but events of open answers and `/health/live` come
    between them.
    """

    def __init__(self, most: int = MOST_IN_A_ROUND) -> None:
        self._most = most
        self._left = most
        self._begun: deque[asyncio.Future[None]] = deque()
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None  # that a round is due on

    async def take(self, *, has_begun: bool = False) -> None:
        """Return when it is the caller's turn; those who had one before go first, then
        those who came first."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._begin(loop)
        if self._left > 0 and not (self._begun or self._waiting):
            self._left -= 1
            return
        turn = loop.create_future()
        (self._begun if has_begun else self._waiting).append(turn)
        await turn

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        self._left = self._most
        self._begun.clear()  # of a loop that is closed
        self._waiting.clear()
        self._loop = loop
        loop.call_soon(self._next_round)

    def _next_round(self) -> None:
        is_idle = self._left == self._most
        self._left = self._most
        while self._left and (waiting := self._begun or self._waiting):
            turn = waiting.popleft()
            if not turn.done():  # or who waited has left
                turn.set_result(None)
                self._left -= 1
        if is_idle and not (self._begun or self._waiting):
            self._loop = None  # until somebody comes
        elif self._loop:
            self._loop.call_soon(self._next_round)
