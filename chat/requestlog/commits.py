"""Tells whoever wants to know how long the log's transactions take."""

import logging
from collections.abc import Callable

logger = logging.getLogger(__name__)

Listener = Callable[[float], None]

_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Have `listener` called after each commit with its seconds, on the thread that
    made it."""
    _listeners.append(listener)


def tell(seconds: float) -> None:
    for listener in _listeners:
        try:
            listener(seconds)
        except Exception:  # what is stored is stored
            logger.exception("A fault of ours after a commit of the log")
