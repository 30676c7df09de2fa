"""The dialects of `/api/chat`, told apart by the shape of what is asked."""

from chat.protocols import Dialect
from chat.protocols.native import Native
from chat.protocols.ui_messages import UIMessages

NATIVE = Native()
BY_SHAPE = (UIMessages(),)


def dialect_of(raw: bytes) -> Dialect:
    """Return the dialect that `raw` is written in."""
    return next((d for d in BY_SHAPE if d.recognises(raw)), NATIVE)
