"""How many requests may be open at a time, which may change as time goes on."""

import math
import time


class Limit:
    """`words` are a number, or a number with later ones: "5,3@20,8@40" is five, three
    after 20 seconds and eight after 40. Empty words set no limit.

    Raise ValueError for words that are none of this.
    """

    def __init__(self, words: str | int | None = "") -> None:
        self._began = time.monotonic()
        self._steps = [_read(word) for word in str(words).split(",")] if words else []

    def now(self) -> int | None:
        """How many may be open now; None if nothing bounds them."""
        passed = time.monotonic() - self._began
        due = [(after, most) for after, most in self._steps if after <= passed]
        return max(due)[1] if due else None


def _read(word: str) -> tuple[float, int]:
    """After how many seconds, and how many."""
    most, at, after = word.partition("@")
    try:
        step = (float(after) if at else 0.0, int(most))
    except ValueError:
        step = (-1.0, -1)
    if not (0 <= step[0] < math.inf and step[1] >= 0):
        raise ValueError(f'A limit is "5" or "5,3@20", not "{word}".')
    return step
