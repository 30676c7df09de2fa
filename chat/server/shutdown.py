"""What happens to open exchanges when the server is told to stop."""

import asyncio
import signal
import threading
from types import FrameType

from django.conf import settings

from chat.exchange import open_exchanges
from chat.failures import Interrupted
from chat.server.handler import Handler

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
# What an exchange needs to say that it was interrupted.
LAST_WORD_SECONDS = 1.0


class Shutdown:
    """First a grace; then every exchange ends itself; then connections are closed.

    uvicorn alone would wait for streams without limit, or with one cancel them so that
    nothing of theirs runs any more.
    """

    begun = False  # one process stops once

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[None] | None = None

    def listen(self) -> None:
        """Hear the signals that stop the server, beside the server itself."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in STOP_SIGNALS:
            self._listen_to(number)

    def begin(self) -> None:
        Shutdown.begun = True
        if self._task is None:
            self._task = self._loop.create_task(self._end_exchanges())

    def finish(self) -> None:
        if self._task:
            self._task.cancel()

    def _listen_to(self, number: signal.Signals) -> None:
        servers = signal.getsignal(number)
        if not callable(servers):
            return

        def both(received: int, frame: FrameType | None) -> None:
            self._loop.call_soon_threadsafe(self.begin)
            servers(received, frame)

        signal.signal(number, both)

    async def _end_exchanges(self) -> None:
        await asyncio.sleep(settings.CHAT_SHUTDOWN_GRACE_SECONDS)
        for exchange in list(open_exchanges):
            exchange.cut_short(Interrupted("The chat service is being restarted."))
        await asyncio.sleep(LAST_WORD_SECONDS)
        self._handler.disconnect_all()
