"""Tells every process that something about clients has changed."""


def announce() -> None:
    """Have all processes look at the clients at once; without Redis each looks within
    a second anyway."""
