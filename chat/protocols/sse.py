"""Server-sent events, as all dialects of this service but plain ones have them."""

from typing import Any

import msgspec

# Comments, for lines on which nothing else comes. The second is not `: ping`, which
# Continue takes for the end of an answer.
OPENING = b": open\n\n"
HEARTBEAT = b": keep-alive\n\n"
DONE = b"data: [DONE]\n\n"  # as OpenAI's streams end, and those for `useChat`

EMPTY_TEXT_AT_THE_END = b'""}\n\n'
END_OF_TEXT = b"}\n\n"


def queued(position: int, seconds: int | None) -> bytes:
    """Return a comment for who waits in line: its place, and the seconds if known."""
    known = "" if seconds is None else f" {seconds}"
    return f": queued {position}{known}\n\n".encode()


def frame(shape: msgspec.Struct | dict[str, Any]) -> bytes:
    """Return one frame, with `shape` as JSON."""
    return b"data: " + msgspec.json.encode(shape) + b"\n\n"


def frame_up_to_text(shape: msgspec.Struct) -> bytes:
    """Return the frame of `shape` up to its last field, which is an empty text.

    A text as JSON and `END_OF_TEXT` make it whole: for the many frames that differ in
    nothing else.
    """
    whole = frame(shape)
    assert whole.endswith(EMPTY_TEXT_AT_THE_END), whole
    return whole.removesuffix(EMPTY_TEXT_AT_THE_END)


def frame_alike(beginning: bytes, rests: list[bytes]) -> bytes:
    """Return one frame for each of `rests`, which are payloads without `beginning`."""
    start = b"data: " + beginning
    return start + (b"\n\n" + start).join(rests) + b"\n\n"


def frame_all(payloads: list[bytes]) -> bytes:
    """Return one frame for each of some payloads, which are JSON already."""
    return b"data: " + b"\n\ndata: ".join(payloads) + b"\n\n"


def number(frames: bytes, before: int) -> tuple[bytes, int]:
    """Return `frames` with an `id:` each, and the last of these; `before` is the one
    before."""
    if frames.find(b"\n\n") == len(frames) - 2:  # one, as most often
        return b"id: %d\n%b" % (before + 1, frames), before + 1
    pieces = frames.split(b"\n\n")[:-1]
    numbered = (b"id: %d\n%b\n\n" % (n, p) for n, p in enumerate(pieces, before + 1))
    return b"".join(numbered), before + len(pieces)
