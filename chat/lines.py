"""Text of others, made fit for a line of ours: of a log, a sentence, a diagnosis."""

import re
from typing import Any

# Characters of one thing, whatever it is.
LONGEST = 500
# Of a text that is searched on the event loop; the rest is let go of unread.
LONGEST_SEARCHED = 64 * 1024
# What ends a line somewhere, moves the cursor of a terminal, turns the direction of
# text, is not to be seen at all, or is half a character.
CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff]"
)
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def escape(text: str) -> str:
    """Return `text` as one line, its control characters as JSON would write them."""
    # Quicker than the search, and true of nearly all.
    return text if text.isprintable() else CONTROL.sub(_escaped, text)


def clean(text: str) -> str:
    """Return `text` as one line without control characters."""
    return text if text.isprintable() else CONTROL.sub(_as_space, text)


def shorten(text: str, longest: int = LONGEST) -> str:
    """Return `text`, or its beginning and an ellipsis, of `longest` characters."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def shorten_all(value: Any) -> Any:
    """Return a copy of a JSON value with every text in it shortened."""
    match value:
        case str():
            return shorten(value)
        case list():
            return [shorten_all(one) for one in value]
        case dict():
            return {shorten(str(k)): shorten_all(one) for k, one in value.items()}
    return value


def _escaped(found: re.Match[str]) -> str:
    return _SHORT.get(found[0]) or f"\\u{ord(found[0]):04x}"


def _as_space(found: re.Match[str]) -> str:
    return " " if found[0].isspace() else ""
