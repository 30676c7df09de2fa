"""A limit of questions in a span of time, as Z.AI's plans have it."""

import math
from dataclasses import dataclass

_CODE = "1308"


@dataclass(frozen=True)
class Window:
    """So many questions in so many seconds, which begin with the first of them; `code`
    is what more are refused with."""

    most: int
    seconds: float
    code: str = _CODE

    @classmethod
    def read(cls, words: str) -> "Window | None":
        """`words` are "100@3600", or "100@3600:1310" with the code of another limit.

        None if they are empty. Raise ValueError for words that are none of this.
        """
        if not words:
            return None
        span, _, code = words.partition(":")
        most, _, seconds = span.partition("@")
        try:
            window = cls(int(most), float(seconds), code or _CODE)
        except ValueError:
            window = cls(-1, -1)
        if window.most < 0 or not 0 < window.seconds < math.inf:
            raise ValueError(f'A window is "100@3600" or "9@60:1310", not "{words}".')
        return window
