"""Tokens: how many a text has, and the pieces in which it is streamed."""

import re

# About what a tokenizer makes of it: a word with the space before it, one or two
# ideographs, a run of one script's letters, a line break, some punctuation.
_PIECE = re.compile(
    r"[\u3040-\u30ff\u4e00-\u9fff]{1,2}"
    r"|\ ?[A-Za-z0-9]{1,8}"
    r"|\ ?[\u0600-\u06ff]{1,5}"
    r"|\ ?[\u0900-\u097f]{1,5}"
    r"|\ ?[^\W\u3040-\u30ff\u4e00-\u9fff]{1,8}"
    r"|\n+|\ +|\ ?[^\w\s]{1,3}|.",
    re.DOTALL,
)


def split(text: str) -> list[str]:
    """The pieces of a text; put together they are the text, and each is one token."""
    return _PIECE.findall(text)


def count(text: str) -> int:
    """Estimate the tokens of a prompt: four ASCII characters each, or one other.

    Counted through the length in UTF-8, for prompts may have megabytes.
    """
    others = (len(text.encode("utf-8", "surrogatepass")) - len(text)) // 2
    return (len(text) - others + 3) // 4 + others
