"""The service with its insides in view."""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from chat.exchange.register import open_exchanges
from chat.tests.serving import Service, service_for
from chat.tests.waiting import SECONDS, eventually
from config.asgi import application


class Loop:
    """The service's event loop, seen from the test's thread."""

    _loop: asyncio.AbstractEventLoop | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self._loop = asyncio.get_running_loop()
        await application(scope, receive, send)

    def tasks(self) -> set[str]:
        async def names() -> set[str]:
            others = asyncio.all_tasks() - {asyncio.current_task()}
            return {f"{task.get_name()} {task.get_coro()}" for task in others}

        assert self._loop
        return asyncio.run_coroutine_threadsafe(names(), self._loop).result(SECONDS)


@dataclass
class Watched:
    """The service and Z.AI, and whether anything is open between them."""

    service: Service
    zai: Any
    loop: Loop
    idle: set[str]

    def z_ai_was_left(self) -> bool:
        """Wait for the end of every request at Z.AI; whether we cut them all."""
        state = self.zai.wait(lambda state: state["total"] and not state["open"])
        return {entry["how"] for entry in state["requests"]} == {"client_left"}

    def nothing_is_left(self) -> bool:
        """Wait until no exchange and no task is left."""
        eventually(lambda: not open_exchanges)
        eventually(lambda: self.loop.tasks() <= self.idle)
        return True


@contextlib.contextmanager
def watching(zai: Any) -> Iterator[Watched]:
    loop = Loop()
    with service_for(app=loop) as service:
        yield Watched(service, zai, loop, loop.tasks())
