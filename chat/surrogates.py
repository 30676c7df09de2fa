r"""Half emojis: `"\ud83d"` in JSON, of a letter that is written as a pair of escapes.

Who cuts a text by UTF-16 units, as JavaScript does, may cut between the two. Such a
half is no character: UTF-8 cannot write it, and databases do not take it.
"""

import re
from typing import Any

UNKNOWN = "\ufffd"
(BACKSLASH,) = b"\\"

_HALF = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_PAIR = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}(\\u[dD][c-fC-F][0-9a-fA-F]{2})")
_HALVES = re.compile("[\ud800-\udfff]")


def replace_halves(raw: bytes) -> bytes:
    """Return the JSON text `raw` with U+FFFD for each half that has no other."""
    # One byte is sought ten times as quickly as two, and most texts have none.
    if BACKSLASH not in raw or (rb"\ud" not in raw and rb"\uD" not in raw):
        return raw
    # Piece by piece, so that other threads come in between.
    done, pieces = 0, []
    for found in _HALF.finditer(raw):
        start, end = found.span()
        if start < done:
            continue  # the second half of a pair
        before = raw[done:start]
        pieces.append(before)
        if _is_escaped(before):
            pieces.append(found[0])
        elif pair := _PAIR.match(raw, start):
            end = pair.end()
            pieces.append(pair[0])
        else:
            pieces.append(rb"\ufffd")
        done = end
    return b"".join((*pieces, raw[done:]))


def replace_halves_within(value: Any) -> Any:
    """Return `value`, which was JSON, with U+FFFD for each half in its texts."""
    match value:
        case str():
            return _HALVES.sub(UNKNOWN, value)
        case list():
            return [replace_halves_within(v) for v in value]
        case dict():
            replace = replace_halves_within
            return {replace(k): replace(v) for k, v in value.items()}
    return value


class Joiner:
    """Joins a half that ends one piece of a text with the half that begins the next."""

    __slots__ = ("held",)

    def __init__(self) -> None:
        self.held = ""

    def add(self, piece: str) -> str:
        """Return what can be told of the text so far, with U+FFFD for lone halves."""
        text = self.held + piece
        self.held = ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            self.held = text[-1]
            text = text[:-1]
        # Encoded and decoded, two halves become one letter.
        units = text.encode("utf-16-le", "surrogatepass")
        return units.decode("utf-16-le", "replace")

    def end(self) -> str:
        """Return U+FFFD if a half is held, to which no other can come."""
        text, self.held = UNKNOWN if self.held else "", ""
        return text


def _is_escaped(before: bytes) -> bool:
    """Whether the backslash after `before` is one that another backslash escapes."""
    return (len(before) - len(before.rstrip(b"\\"))) % 2 == 1
