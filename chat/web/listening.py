"""Waiting for a caller to leave, beside the task that answers."""

import asyncio

from chat.exchange.caller import Caller
from chat.web import connection
from chat.web.asgi import Receive


class Listening:
    """Of the current task, which does nothing else meanwhile."""

    __slots__ = ("_caller", "_is_ended", "_is_over", "_task")

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._task = asyncio.current_task()
        self._is_ended = False
        self._is_over = False

    async def until_left(self, receive: Receive) -> None:
        """Return when the caller has left, and nobody else is to have the answer; or
        when it is ended."""
        try:
            await connection.until_disconnect(receive)
            if self._caller.audience:
                await self._caller.audience.outlast()
        except asyncio.CancelledError:
            if not self._settle():
                raise
        finally:
            self._is_over = True

    def end(self, *_: object) -> None:
        """Wait no longer; safe to call again, and when it is over."""
        if self._task and not (self._is_over or self._is_ended):
            self._is_ended = True
            self._task.cancel()

    def shut_down(self) -> None:
        """As if the caller had left, for the server stops."""
        self._caller.shutdown = True
        self.end()

    def _settle(self) -> bool:
        """Whether `end` cancelled it, and nobody else."""
        return bool(self._is_ended and self._task and self._task.uncancel() == 0)
