"""Code fences around an answer that is to be JSON, which no parser of JSON reads."""

TICKS = "```"
# What stands behind the ticks that open a fence: `json`, `JSON5`, `javascript`.
LONGEST_LANGUAGE = 20
LANGUAGE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-"
OPENS_JSON = "{["
# As much is held back at most until it is known whether it is a fence.
MOST_HELD = 200


class Unfencing:
    """Takes the fence off a text that comes piece by piece.

    Only one that is around all of the text: with a word before it or behind it, it
    stays. White space around the fence that opens goes with it.
    """

    def __init__(self) -> None:
        self._held = ""
        self._is_fenced = False
        self.is_over = False  # nothing that follows is changed

    def add(self, piece: str) -> str:
        """Return what of the text is known to stay, now that `piece` has come."""
        if self.is_over:
            return piece
        text, self._held = self._held + piece, ""
        if not self._is_fenced:
            start = _find_start(text)
            if start is None and len(text) <= MOST_HELD:
                self._held = text
                return ""
            if not start:
                self.is_over = True
                return text
            self._is_fenced, text = True, text[start:]
        end = _find_end(text)
        if len(text) - end <= MOST_HELD:
            text, self._held = text[:end], text[end:]
        return text

    def end(self) -> str:
        """Return what was held back and is no fence, now that the text is over."""
        held, self._held, self.is_over = self._held, "", True
        return "" if self._is_fenced and held.startswith(TICKS) else held


def remove_fence(text: str) -> str:
    """Return `text` without the fence that is around all of it, if there is one."""
    unfencing = Unfencing()
    return unfencing.add(text) + unfencing.end()


def _find_start(text: str) -> int | None:
    """Return where the JSON within a fence starts; 0 if no fence is around `text`, and
    None if that cannot be told yet.
    """
    begun = text.lstrip()
    if not begun.startswith(TICKS):
        return None if TICKS.startswith(begun) else 0
    inside = begun.lstrip("`").lstrip(" ")
    rest = inside.lstrip(LANGUAGE)
    if len(inside) - len(rest) > LONGEST_LANGUAGE:
        return 0
    rest = rest.lstrip()
    if not rest:
        return None
    return len(text) - len(rest) if rest[0] in OPENS_JSON else 0


def _find_end(text: str) -> int:
    """Return where in `text` that starts which may be the fence at its end."""
    stripped = text.rstrip()
    before = stripped.rstrip("`")
    return len(before) if len(before) < len(stripped) else len(text)
