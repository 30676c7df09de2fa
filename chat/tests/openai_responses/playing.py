"""A Z.AI that streams the deltas it is given."""

import contextlib
from collections.abc import Iterator
from typing import Any

from msgspec.json import encode

from chat.tests.scripted_zai import answering, scripted
from chat.tests.serving import point_at


@contextlib.contextmanager
def playing(
    settings: Any, *deltas: dict[str, Any], finish_reason: str = "stop"
) -> Iterator[None]:
    """Each delta is an event of its own, in a packet of its own."""
    frames = [_frame({"index": 0, "delta": delta}) for delta in deltas]
    last = _frame({"index": 0, "delta": {}, "finish_reason": finish_reason})
    with scripted(answering(*frames, last, b"data: [DONE]\n\n")) as url:
        point_at(settings, url)
        yield


def _frame(choice: dict[str, Any]) -> bytes:
    head = {"id": "1", "created": 1, "model": "glm-4.6"}
    return b"data: " + encode({**head, "choices": [choice]}) + b"\n\n"
