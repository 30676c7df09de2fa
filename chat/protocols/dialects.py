"""The table of dialects. A row makes its path a door of the service."""

from chat.protocols import Dialect
from chat.protocols.door import Row, make_doors
from chat.protocols.native import Native
from chat.protocols.openai import OpenAI
from chat.protocols.responses.dialect import Responses
from chat.protocols.ui_messages import (
    UIMessages,
    begins_ui_messages,
    is_ui_messages,
)

NATIVE = Native()
OPENAI = OpenAI()
RESPONSES = Responses()

TABLE = (
    Row("/api/chat", NATIVE),
    Row("/api/chat", UIMessages(), is_ui_messages, begins_ui_messages),
    Row("/v1/chat/completions", OPENAI),
    Row("/v1/responses", RESPONSES),
)
DOORS = make_doors(TABLE)


def spoken_near(path: str) -> Dialect:
    """Return the dialect for a caller whose path is no door: that of the first door
    with the same root, else the service's own.
    """
    root = "/".join(path.split("/")[:2]) + "/"
    return next((d.usual for d in DOORS if d.path.startswith(root)), NATIVE)
