"""Server-sent events, as all dialects of this service but plain ones have them."""

from typing import Any

import msgspec

OPENING = b": open\n\n"
HEARTBEAT = b": ping\n\n"


def frame(fields: dict[str, Any]) -> bytes:
    return b"data: " + msgspec.json.encode(fields) + b"\n\n"


def framed(payloads: list[bytes]) -> bytes:
    """One frame for each of some payloads that are JSON already."""
    return b"data: " + b"\n\ndata: ".join(payloads) + b"\n\n"
