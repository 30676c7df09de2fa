"""Wakes those who wait for their next event, many with one timer."""

import asyncio
import math

# Short enough not to be seen, long enough for many streams to share one.
_TICK_SECONDS = 0.005


class Clock:
    """For waits of less than a second: one that is given up keeps its place till then.

    Who waits is woken at the first tick at or after the time; times are `loop.time()`.
    """

    def __init__(self) -> None:
        self._waiting: dict[int, list[asyncio.Future[None]]] = {}

    def at(self, time: float) -> asyncio.Future[None]:
        """A future that is done when the time has come."""
        loop = asyncio.get_running_loop()
        tick = math.ceil(time / _TICK_SECONDS)
        woken: asyncio.Future[None] = loop.create_future()
        if tick in self._waiting:
            self._waiting[tick].append(woken)
        else:
            self._waiting[tick] = [woken]
            loop.call_at(tick * _TICK_SECONDS, self._strike, tick)
        return woken

    def _strike(self, tick: int) -> None:
        for waiting in self._waiting.pop(tick):
            if not waiting.done():
                waiting.set_result(None)
