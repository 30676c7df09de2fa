"""The one who asked, as long as the answer lasts."""

import time
from collections.abc import Callable

from chat.exchange.audience import Audience
from chat.gate.waiter import Who


class Caller:
    """Whoever ends the connection says so here before anything is cancelled.

    `has_hung_up` asks the connection itself, for who was told of nothing. `ready_at` is
    when all of the request had come, by the monotonic clock. `sharer` is
    whose share of the places an exchange takes; None if it takes nobody's. `key_id` and
    `client_id` are what it was let in by, if it has a key. `who` is whose turn it is
    where callers have to wait. `audience` is who else may hear the answer, where
    it may go on without the caller.
    """

    __slots__ = (
        *("has_hung_up", "left", "ready_at", "sharer", "shutdown"),
        *("audience", "client_id", "key_id", "who"),
    )

    def __init__(self, has_hung_up: Callable[[], bool] = lambda: False) -> None:
        self.has_hung_up = has_hung_up
        self.ready_at = time.monotonic()
        self.sharer: str | None = None
        self.client_id: int | None = None
        self.key_id: int | None = None
        self.who = Who()
        self.audience: Audience | None = None
        self.left = False  # closed the connection, or accepts nothing
        self.shutdown = False  # the server closed it
