"""Text of strangers, with what cannot be seen written out."""

import re

# Control characters but tab and newlines; what turns the direction of the words around
# it; what is no character at all.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def visible(text: str) -> str:
    """Return `text` with `\\u202e` for such a character: JSON means the same by it.

    Half of a pair of surrogates comes from JSON inside of JSON, as the arguments of a
    tool are; it can be sent to nobody.
    """
    return text if text.isascii() and text.isprintable() else _HIDDEN.sub(_code, text)


def _code(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
