"""An answer of `/api/chat`, read."""

from typing import Any

import msgspec

DONE = {"data": "[DONE]"}


def frames(body: bytes) -> list[Any]:
    """The JSON of every `data:` frame of an answer."""
    return [
        msgspec.json.decode(frame.removeprefix(b"data: "))
        for frame in body.split(b"\n\n")
        if frame.startswith(b"data: ")
    ]


def text_of(body: bytes) -> str:
    """The words of an answer, reasoning apart."""
    return "".join(
        frame["choices"][0]["delta"].get("content") or ""
        for frame in frames(body)
        if frame.get("choices")
    )
