"""Callers who ask again and again, whatever becomes of the service."""

import asyncio
import random
import threading
from collections import Counter
from types import TracebackType

import uvloop

from benchmarks.gate.ground import CROWD, Ground
from benchmarks.gate.waiter import question, wait_once

# Until it is tried again where nobody was there.
PAUSE_SECONDS = 0.1


class Load:
    """So many at a time, from a thread, for as long as the block lasts."""

    def __init__(self, ground: Ground, callers: int, seconds: float) -> None:
        self.told: Counter[str] = Counter()
        self._ground = ground
        self._callers = callers
        self._seconds = seconds
        self._over = threading.Event()
        self._thread = threading.Thread(target=lambda: uvloop.run(self._ask()))

    def __enter__(self) -> "Load":
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    async def _ask(self) -> None:
        await asyncio.gather(*(self._ask_on() for _ in range(self._callers)))

    async def _ask_on(self) -> None:
        port, key = self._ground.port, self._ground.keys[CROWD]
        while not self._over.is_set():
            seconds = random.uniform(0.2, 1.8) * self._seconds
            wait = await wait_once(port, question(key, seconds))
            self.told[wait.outcome] += 1
            if wait.outcome != "answered":
                await asyncio.sleep(PAUSE_SECONDS)
