"""The pulse of the service's event loop: how long it was ever held up."""

import asyncio
import time
from typing import Any

from config.asgi import application

# The goal is 50 ms; a busy machine needs room.
STALL_SECONDS = 0.25
PAUSE_SECONDS = 0.002


class Heart:
    """The service, with a task beside it that beats as long as the loop lets it."""

    def __init__(self) -> None:
        self.longest_stall = 0.0
        self._beating: asyncio.Task[None] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            self._beating = asyncio.create_task(self._beat())
            try:
                await application(scope, receive, send)
            finally:
                self._beating.cancel()
        else:
            await application(scope, receive, send)

    async def _beat(self) -> None:
        before, worked = time.monotonic(), time.process_time()
        while True:
            await asyncio.sleep(PAUSE_SECONDS)
            now, working = time.monotonic(), time.process_time()
            # Not what the machine did meanwhile for others.
            self.longest_stall = max(
                self.longest_stall, min(now - before, working - worked)
            )
            before, worked = now, working
