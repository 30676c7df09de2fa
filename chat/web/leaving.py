"""A caller who has left, and whose answer may go on all the same."""

from django.conf import settings

from chat.exchange.caller import Caller
from chat.exchange.exchange import Exchange
from chat.web import connection
from chat.web.asgi import Send

# So long those who follow an answer wait for who asked, and takes nothing: somebody who
# has lost the network, most often, and comes back.
SECONDS_TO_HOLD_UP = 2.0


class Patience:
    """Limits how long who asked may take nothing of what is sent."""

    __slots__ = ("_audience", "_deadline", "_held_up", "_is_sending", "_limit")

    def __init__(self, exchange: Exchange) -> None:
        self._deadline = exchange.deadline
        self._audience = exchange.caller.audience
        self._limit = settings.CHAT_WRITE_TIMEOUT_SECONDS
        self._held_up = min(self._limit, SECONDS_TO_HOLD_UP)
        self._is_sending = False
        if self._audience:
            self._audience.hurry = self._hurry

    def begin(self) -> None:
        """Something is sent."""
        limit = self._limit
        if self._audience is not None:
            self._is_sending = True
            if self._audience.is_shared:
                limit = self._held_up
        self._deadline.at(self._deadline.clock() + limit)

    def end(self) -> None:
        self._is_sending = False
        self._deadline.clear()

    def close(self) -> None:
        """It leads to the one who asked, and is not to be led to from there."""
        self.end()
        if self._audience:
            self._audience.hurry = None

    def _hurry(self) -> None:
        """Another follows it from now on."""
        if self._is_sending:
            self._deadline.at(self._deadline.clock() + self._held_up)


async def goes_on(exchange: Exchange, send: Send) -> bool:
    """Whether to go on without the caller, who took nothing for too long."""
    audience = exchange.caller.audience
    if not audience or not audience.outlasts or not exchange.deadline.settle():
        return False
    audience.has_all = False
    audience.leave()
    await connection.abort(send)
    return True


def is_delivered(caller: Caller) -> bool:
    """Whether all has gone out, or is there for who comes back.

    uvicorn takes a piece for a connection that is lost, and says nothing.
    """
    audience = caller.audience
    if audience and (audience.is_gone or audience.outlasts):
        if caller.has_hung_up() and not audience.is_gone:
            audience.has_all = False
            audience.leave()
        return True
    return not caller.has_hung_up()
