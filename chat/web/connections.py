"""The connections of callers, bounded: uvicorn waits for ever for a head, and for a
caller to take what was written."""

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

from django.conf import settings

from chat.exchange import descriptors
from chat.web import kernel
from chat.web.asgi import Send
from chat.web.bounded import Bounded

logger = logging.getLogger(__name__)

# How long a caller may take to send a head, from the connection's first moment or the
# head's first byte.
HEAD_SECONDS = 20.0
# How long a caller who has taken next to nothing may take nothing more. What fits into
# the buffers of their system says nothing yet.
FIRST_SECONDS = 10.0
LITTLE_BYTES = 128 * 1024
# A caller that sends its request at once has done so by then; others go before it.
PROMPT_SECONDS = 2.0
SWEEP_SECONDS = 1.0


class Connections:
    """The connections of one server, by what their callers owe; the longest first.

    `owing`: the rest of a request, with since when, by `clock`. `idle`: nothing, until
    the next request. `deaf`: to take what was written. `heads`: bytes of those that
    are half sent.
    """

    def __init__(self) -> None:
        self.owing: dict[Bounded, float] = {}
        self.idle: dict[Bounded, None] = {}
        self.deaf: dict[Bounded, Deafness] = {}
        self.heads = 0
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self.clock = self._loop.time
        self._sweep_later()

    def add(self, connection: Bounded) -> None:
        descriptors.connections += 1
        self.owing[connection] = self.clock()
        number = kernel.number_of(connection.transport)
        if number is not None and descriptors.are_short_for_callers(number):
            descriptors.warn()
            self._make_room(at_any_cost=True)
        elif descriptors.are_for_exchanges():
            self._make_room(at_any_cost=False)

    def remove(self, connection: Bounded) -> None:
        descriptors.connections -= 1
        self.owing.pop(connection, None)
        self.idle.pop(connection, None)
        self.deaf.pop(connection, None)

    def note_deafness(self, connection: Bounded) -> None:
        self.deaf[connection] = Deafness(connection, self.clock())

    def give_up_on_longest_head(self) -> None:
        """Refuse whoever sends most: of the honest a head is short, and soon whole."""
        longest = max(self.owing, key=lambda connection: connection.head)
        longest.give_up_on_head(is_late=False)

    def close(self) -> None:
        if self._timer:
            self._timer.cancel()

    def _make_room(self, *, at_any_cost: bool) -> None:
        """Drop the connection that is missed least, if any; at any cost even the last
        that came, where all others are being served."""
        late = next(iter(self.owing))
        if self.clock() - self.owing[late] > PROMPT_SECONDS:
            self._drop(late)
        elif self.idle:
            self._drop(next(iter(self.idle)))
        elif at_any_cost:
            self._drop(late)

    def _drop(self, connection: Bounded) -> None:
        self.owing.pop(connection, None)
        self.idle.pop(connection, None)
        connection.transport.abort()  # which is heard of later

    def _sweep_later(self) -> None:
        self._timer = self._loop.call_later(SWEEP_SECONDS, self._sweep)

    def _sweep(self) -> None:
        self._sweep_later()
        now = self.clock()
        for connection in list(self._late(now)):
            connection.give_up_on_head()
        for connection, deafness in list(self.deaf.items()):
            if not connection.transport.get_write_buffer_size():
                del self.deaf[connection]
            elif deafness.is_final(now):
                connection.transport.abort()

    def _late(self, now: float) -> Iterator[Bounded]:
        for connection, since in self.owing.items():
            if now - since < HEAD_SECONDS:
                return
            if connection.owes_head:
                yield connection


class Deafness:
    """A caller for whom more waits than the connection takes."""

    __slots__ = ("_connection", "_since", "_taken")

    def __init__(self, connection: Bounded, now: float) -> None:
        self._connection = connection
        self._since = now
        self._taken = self._look()[0]

    def is_final(self, now: float) -> bool:
        """Whether nothing was taken for as long as a caller may."""
        taken, patience = self._look()
        if taken != self._taken:
            self._taken, self._since = taken, now
        return now - self._since >= patience

    def _look(self) -> tuple[int, float]:
        patience: float = settings.CHAT_WRITE_TIMEOUT_SECONDS
        transport = self._connection.transport
        if (taken := kernel.read_taken(transport)) is None:
            return -transport.get_write_buffer_size(), patience
        if taken.is_full and taken.total < LITTLE_BYTES:
            patience = min(patience, FIRST_SECONDS)
        return taken.total, patience


def bound(send: Send) -> Connections | None:
    """Bound the connections of the server that runs this lifespan; those to come.

    ASGI shows no connection before its head is whole. uvicorn makes each of the class
    that its configuration names; another server goes on as it sees fit.
    """
    config: Any = getattr(getattr(send, "__self__", None), "config", None)
    stock = getattr(config, "http_protocol_class", None)
    if not isinstance(stock, type) or not hasattr(stock, "on_response_complete"):
        logger.warning("The limits of connections are left to the server: no uvicorn")
        return None
    found = Connections()
    config.http_protocol_class = type(
        "BoundedProtocol", (Bounded, stock), {"of": found}
    )
    return found
