"""How a worker stops whose supervisor keeps the listening socket open."""

import asyncio
import logging
import multiprocessing
from contextlib import suppress
from pathlib import Path

import uvicorn
from django.conf import settings

from chat.web.handler import Handler
from chat.web.siblings import Siblings
from chat.web.supervisor import is_gone

logger = logging.getLogger(__name__)

# How long the others may take to hear that they are to stop as well.
SETTLING_SECONDS = 0.3
# What the grace may overrun until the server is told to stop all the same.
SPARE_SECONDS = 3.0


class Draining:
    """Answers that the service is being restarted until all workers have stopped.

    They would close the socket, and uvicorn's supervisor would not: new callers would
    wait there until it ends too, and be reset then. The last closes it for all. A
    worker that stops while others serve leaves the callers to them.
    """

    def __init__(self, handler: Handler, supervisor: int):
        folder = Path(settings.CHAT_SPOOL_DIR)
        self._handler = handler
        self._supervisor = supervisor
        self._serving = Siblings(folder, supervisor, "serving")
        self._serving.join()
        self._accepting = Siblings(folder, supervisor, "accepting")
        self._accepting.join()

    async def drain(self) -> None:
        """Return when the server may stop. New callers are told that it is about to."""
        self._serving.leave()
        grace = settings.CHAT_SHUTDOWN_GRACE_SECONDS
        with suppress(TimeoutError):
            async with asyncio.timeout(grace + SPARE_SECONDS):
                if await self._is_last():
                    self._handler.is_closing = True
                    logger.info("All workers stop: new callers are told so")
                    await self._until_idle()

    def is_last_to_close(self) -> bool:
        """Whether the socket may be closed for all: each worker has closed its own.

        Ask once, after this one has.
        """
        if not self._handler.is_closing:
            return False
        self._accepting.leave()
        return self._accepting.have_left()

    def close(self) -> None:
        self._serving.close()
        self._accepting.close()

    async def _is_last(self) -> bool:
        loop = asyncio.get_running_loop()
        until = loop.time() + SETTLING_SECONDS
        while not self._serving.have_left():
            if loop.time() > until:
                return False
            await asyncio.sleep(0.02)
        return True

    async def _until_idle(self) -> None:
        while self._is_waited_for:  # noqa: ASYNC110 (nothing tells)
            await asyncio.sleep(0.05)

    @property
    def _is_waited_for(self) -> bool:
        # Of a supervisor that has died nothing is left but the port, which is wanted.
        return self._handler.is_busy and not is_gone(self._supervisor)


def draining(handler: Handler, server: uvicorn.Server | None) -> Draining | None:
    """Return how a worker of uvicorn's stops; None where the socket is closed anyway.

    gunicorn's supervisor closes it first of all, and one that reloads the code will
    want it again.
    """
    parent = multiprocessing.parent_process()
    if not (parent and parent.pid and server):
        return None
    if server.config.workers < 2 or server.config.should_reload:
        return None
    return Draining(handler, parent.pid)
