"""Tells whoever holds budgets what the database has of them now."""

import logging
from collections.abc import Callable, Collection

from chat.requestlog.sums import Totals

logger = logging.getLogger(__name__)

Listener = Callable[[Totals, Collection[str]], None]

_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Have `listener` called after each commit, on the thread that made it, with what
    the sums came to and the ids of the requests whose ends are stored now."""
    _listeners.append(listener)


def tell(totals: Totals, ended: Collection[str]) -> None:
    for listener in _listeners:
        try:
            listener(totals, ended)
        except Exception:  # what is stored is stored
            logger.exception("A fault of ours after a commit of the log")
