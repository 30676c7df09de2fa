"""The one who asked, as long as the answer lasts."""

from collections.abc import Callable


class Caller:
    """Whoever ends the connection says so here before anything is cancelled.

    `has_hung_up` asks the connection itself, for who was told of nothing.
    """

    __slots__ = ("has_hung_up", "left", "shutdown")

    def __init__(self, has_hung_up: Callable[[], bool] = lambda: False) -> None:
        self.has_hung_up = has_hung_up
        self.left = False  # closed the connection, or accepts nothing
        self.shutdown = False  # the server closed it
