"""The exchanges that are open in this process."""

from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING

from chat.exchange import places
from chat.failures import Interrupted, Stopped

if TYPE_CHECKING:
    from chat.exchange.exchange import Exchange


Progress = tuple[str, int | None, int | None]
"""A request id, its events so far, and its place in line; None if it has none."""


class Register:
    """Changed by the event loop; `progress` and `stop` are for any thread."""

    def __init__(self) -> None:
        self._open: set[Exchange] = set()

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator["Exchange"]:
        return iter(list(self._open))

    def take(self, exchange: "Exchange") -> None:
        """Give `exchange` a place. Raises AtCapacity when its caller gets none."""
        places.take(exchange.caller.sharer, len(self._open))
        self._open.add(exchange)

    def give_back(self, exchange: "Exchange") -> bool:
        """Take its place back; whether it had one."""
        if exchange not in self._open:
            return False
        self._open.discard(exchange)
        places.give_back(exchange.caller.sharer)
        return True

    def interrupt_all(self) -> None:
        """End them all, for the server stops."""
        for exchange in self:
            exchange.cut_short(Interrupted("The chat service is being restarted."))

    def stop(self, identities: Collection[str]) -> None:
        """End those with these request ids, for an operator wants it."""
        self.stop_those(
            lambda exchange: exchange.request_id in identities,
            "The answer was stopped by an operator.",
        )

    def stop_those(self, is_meant: Callable[["Exchange"], bool], sentence: str) -> None:
        """End those that `is_meant`; `sentence` tells their callers why."""
        for exchange in self:
            if is_meant(exchange) and not exchange.loop.is_closed():
                exchange.loop.call_soon_threadsafe(
                    exchange.cut_short, Stopped(sentence)
                )

    def progress(self) -> list[Progress]:
        """Return how far those are that have events, or stand or stood in line."""
        return [
            (exchange.request_id, exchange.seen.events, exchange.place)
            for exchange in self
            if exchange.seen.events is not None
            or exchange.place is not None
            or exchange.has_waited
        ]


open_exchanges = Register()
