"""The one who asked, as long as the answer lasts."""


class Caller:
    """Whoever ends the connection says so here before anything is cancelled."""

    __slots__ = ("left", "shutdown")

    def __init__(self) -> None:
        self.left = False  # closed the connection, or accepts nothing
        self.shutdown = False  # the server closed it
