"""What happens to open exchanges when the server is told to stop."""

import asyncio
import signal
import threading
from collections.abc import Callable
from types import FrameType

from django.conf import settings

from chat.exchange.register import open_exchanges
from chat.web.draining import Draining
from chat.web.handler import Handler

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
# What an exchange needs to say that it was interrupted.
LAST_WORD_SECONDS = 1.0


class Shutdown:
    """First a grace; then every exchange ends itself; then connections are closed.

    uvicorn alone would wait for streams without limit, or with one cancel them so that
    nothing of theirs runs any more. It hears of a signal at once, or when `draining`
    is over.
    """

    begun = False  # one process stops once

    def __init__(self, handler: Handler, draining: Draining | None = None) -> None:
        self._handler = handler
        self._draining = draining
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[None] | None = None
        self._is_held = draining is not None
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

    def finish(self) -> None:
        if self._task:
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
        ending = self._loop.create_task(self._end_exchanges())
        try:
            if self._draining:
                await self._drain(self._draining)
            await ending
        finally:
            ending.cancel()

    async def _drain(self, draining: Draining) -> None:
        try:
            await draining.drain()
        finally:
            self._is_held = False
            self._pass_on()
        await draining.close_socket()

    def _pass_on(self) -> None:
        held, self._held = self._held, []
        for servers, received in held:
            servers(received, None)

    async def _end_exchanges(self) -> None:
        await asyncio.sleep(settings.CHAT_SHUTDOWN_GRACE_SECONDS)
        open_exchanges.interrupt_all()
        await asyncio.sleep(LAST_WORD_SECONDS)
        self._handler.disconnect_all()
