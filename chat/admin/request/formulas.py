"""Where formulas are in a text.

The same is in static/chat/page/formulas.js, and one set of answers holds both to it
(chat/tests/written).
"""

import re
from typing import NamedTuple

LONGEST = 5_000  # letters
ENVIRONMENTS = frozenset(
    {
        *("align", "aligned", "alignat", "array", "bmatrix", "Bmatrix", "cases", "CD"),
        *("darray", "dcases", "equation", "gather", "gathered", "matrix", "pmatrix"),
        *("rcases", "smallmatrix", "split", "Vmatrix", "vmatrix"),
    }
)
BEGIN = re.compile(r"\\begin\{([A-Za-z]{2,11})\*?\}")
# Two words of a sentence, or letters of Chinese, Japanese or Korean
WORDS = re.compile(
    r"[A-Za-z]{2}[,;:]? +[A-Za-z]{2}|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
)
COMMAND = re.compile(r"\\[A-Za-z]")
TEX = re.compile(r"[\\^_{}=<>+]")


class Opening(NamedTuple):
    """What closes a formula, where its content begins, and whether it is set apart."""

    close: str
    start: int
    is_display: bool


def opening_at(text: str, pos: int) -> Opening | None:
    """Return the fence that a formula begins with at `pos`."""
    two = text[pos : pos + 2]
    if two == "$$":
        return Opening("$$", pos + 2, is_display=True)
    if two[:1] == "$":
        return Opening("$", pos + 1, is_display=False)
    if two == "\\(":
        return Opening("\\)", pos + 2, is_display=False)
    if two == "\\[":
        return Opening("\\]", pos + 2, is_display=True)
    found = BEGIN.match(text, pos) if two == "\\b" else None
    if found is None or found[1] not in ENVIRONMENTS:
        return None
    return Opening(found[0].replace("begin", "end"), found.end(), is_display=True)


def closing_of(text: str, opening: Opening, end: int | None = None) -> int:
    """Return where the content of a formula ends, or -1."""
    close, start, _ = opening
    last = min(len(text) if end is None else end, start + LONGEST)
    at = text.find(close, start, last)
    while at >= 0 and _is_escaped(text, at, start):
        at = text.find(close, at + 1, last)
    if at >= 0 and close == "$" and _is_broken(text[start:at]):
        return -1
    return at


def _is_escaped(text: str, at: int, start: int) -> bool:
    before = text[start:at]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1


def _is_broken(tex: str) -> bool:
    return "\n" in tex or "`" in tex


def is_formula(text: str, opening: Opening, at: int) -> bool:
    """Whether it is one that stands there up to `at`, and no price, path or note."""
    close = opening.close
    tex = text[opening.start : at]
    if not tex.strip():
        return False
    if close.startswith("\\end"):
        return True
    is_padded = tex[0].isspace() or tex[-1].isspace()
    if close == "$" and (is_padded or _goes_on(tex, text[at + 1 : at + 2])):
        return False
    if close == "\\]" and "\n" not in tex:
        return is_padded or bool(TEX.search(tex))
    return close == "$$" or bool(TEX.search(tex)) or not WORDS.search(tex)


def _goes_on(tex: str, after: str) -> bool:
    """Whether what follows the second `$` says that it is another price or variable."""
    if not after.isascii():
        return False
    if after.isdigit() or after.isupper() or after == "_":
        return not COMMAND.search(tex)
    return after.islower() and tex[-1] in "/(:,.-"


def left_open(line: str, pos: int = 0) -> Opening | None:
    """Return the formula set apart that begins in `line` and does not end there."""
    if not any(fence in line for fence in ("$$", "\\[", "\\begin{")):
        return None
    while pos < len(line):
        if line[pos] == "`":
            pos = after_code(line, pos)
            continue
        opening = opening_at(line, pos)
        if opening is None:
            pos += 2 if line[pos] == "\\" else 1
            continue
        at = closing_of(line, opening)
        if at >= 0 and is_formula(line, opening, at):
            pos = at + len(opening.close)
        elif at < 0 and opening.is_display:
            return opening
        else:
            pos = opening.start
    return None


def after_code(line: str, pos: int) -> int:
    """Return where the code ends that begins at `pos`, or what seemed to begin it."""
    start = pos
    while pos < len(line) and line[pos] == "`":
        pos += 1
    end = line.find("`" * (pos - start), pos)
    return pos if end < 0 else end + pos - start
