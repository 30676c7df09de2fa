"""What happens to open exchanges when the server is told to stop."""

import asyncio
import logging
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

from django.conf import settings

from chat.exchange.register import open_exchanges
from chat.web.doors import Doors
from chat.web.draining import Draining
from chat.web.handler import Handler

logger = logging.getLogger(__name__)

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
# What an exchange needs to say that it was interrupted.
LAST_WORD_SECONDS = 1.0


class Shutdown:
    """First a grace; then every exchange ends itself; then connections are closed.

    uvicorn alone would wait for streams without limit, or with one cancel them so that
    nothing of theirs runs any more. It hears of a signal when `draining` is over, and
    the doors are held open until all are in who came in time.
    """

    begun = False  # one process stops once

    def __init__(
        self,
        handler: Handler,
        doors: Doors | None = None,
        draining: Draining | None = None,
    ) -> None:
        self._handler = handler
        self._doors = doors
        self._draining = draining
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[None] | None = None
        self._has_left = asyncio.Event()
        self._is_held = doors is not None
        self._held: list[tuple[Callable[[int, None], object], int]] = []

    def listen(self) -> None:
        """Hear the signals that stop the server, beside the server itself."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in STOP_SIGNALS:
            self._listen_to(number)

    def begin(self) -> None:
        if self._task is None:
            self._task = self._loop.create_task(self._stop())

    async def finish(self) -> None:
        """Wait for those who came last: the server may not know of them."""
        if self._task:
            with suppress(TimeoutError):
                async with asyncio.timeout(settings.CHAT_SHUTDOWN_GRACE_SECONDS):
                    await self._has_left.wait()
            self._task.cancel()
        if self._draining:
            self._draining.close()

    def _listen_to(self, number: signal.Signals) -> None:
        servers = signal.getsignal(number)
        if not callable(servers):
            return

        def both(received: int, frame: FrameType | None) -> None:
            Shutdown.begun = True
            again = received == signal.SIGINT and any(
                known == received for _, known in self._held
            )
            self._held.append((servers, received))
            self._loop.call_soon_threadsafe(self.begin)
            if not self._is_held or again:  # whoever presses Ctrl-C twice means now
                self._pass_on()

        signal.signal(number, both)

    async def _stop(self) -> None:
        grace = settings.CHAT_SHUTDOWN_GRACE_SECONDS
        logger.info(
            "Stopping: open answers (%d) may go on for %g s", len(open_exchanges), grace
        )
        ending = self._loop.create_task(self._end_exchanges(grace))
        try:
            if self._doors:
                await self._leave(self._doors, self._draining)
            self._has_left.set()
            await ending
        finally:
            self._has_left.set()
            ending.cancel()

    async def _leave(self, doors: Doors, draining: Draining | None) -> None:
        doubles = []
        try:
            if draining:
                await draining.drain()
            doubles = doors.doubles()
        finally:
            self._is_held = False
            self._pass_on()
        await doors.until_closed()
        is_last = draining is not None and draining.is_last_to_close()
        await doors.close(doubles, for_all=is_last)

    def _pass_on(self) -> None:
        held, self._held = self._held, []
        for servers, received in held:
            servers(received, None)

    async def _end_exchanges(self, grace: float) -> None:
        await asyncio.sleep(grace)
        open_exchanges.interrupt_all()
        await asyncio.sleep(LAST_WORD_SECONDS)
        self._handler.disconnect_all()
