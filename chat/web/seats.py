"""Threads for what waits and computes: the admin, and the page to chat on.

The chat itself needs none. Whoever asks for many pages at once waits for a seat, and
takes neither the threads nor the database connections of all others.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import Any

from asgiref.sync import ThreadSensitiveContext
from django.conf import settings
from django.db import connections

MOST = 20
# Of the pool of connections, for health and the doctor
SPARE_CONNECTIONS = 2
MOST_WAITING = 100
PATIENCE_SECONDS = 10.0

Seat = ThreadPoolExecutor


class NoSeat(Exception):
    """Too many are waiting already, or it took too long."""


class Seats:
    """For one event loop at a time. Each seat is one thread, made when first needed."""

    def __init__(self) -> None:
        self._made = 0
        self._free: list[Seat] = []
        self._waiting: deque[asyncio.Future[Seat]] = deque()

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        """Have a seat: synchronous code runs on its thread. Raises NoSeat."""
        seat = await self._take()
        try:
            async with ThreadSensitiveContext(executor=seat):
                yield
        finally:
            self._clear(seat)

    async def _take(self) -> Seat:
        if self._free:
            return self._free.pop()
        if self._made < most():
            self._made += 1
            return ThreadPoolExecutor(1, thread_name_prefix="admin")
        if len(self._waiting) >= MOST_WAITING:
            raise NoSeat
        return await self._wait()

    async def _wait(self) -> Seat:
        coming = asyncio.get_running_loop().create_future()
        self._waiting.append(coming)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await asyncio.shield(coming)
        except BaseException as error:
            if coming.done():
                self._give_back(coming.result())
            else:
                self._waiting.remove(coming)
            if isinstance(error, TimeoutError):
                raise NoSeat from error
            raise

    def _clear(self, seat: Seat) -> None:
        """Give `seat` back when its thread has done what it is at, and has no database
        connection any more. Nobody waits for that: whoever is cancelled could not."""
        loop = asyncio.get_running_loop()

        def cleared(_: Any) -> None:
            with suppress(RuntimeError):  # the loop was closed meanwhile
                loop.call_soon_threadsafe(self._give_back, seat)

        seat.submit(connections.close_all).add_done_callback(cleared)

    def _give_back(self, seat: Seat) -> None:
        if self._waiting:
            self._waiting.popleft().set_result(seat)
        else:
            self._free.append(seat)


def most() -> int:
    """How many seats there are: each may hold a connection of the pool, if one is."""
    pool = settings.DATABASES["default"].get("OPTIONS", {}).get("pool")
    if not pool:
        return MOST
    limits = pool if isinstance(pool, dict) else {}
    size = limits.get("max_size") or limits.get("min_size", 4)
    return max(1, min(MOST, int(size) - SPARE_CONNECTIONS))
