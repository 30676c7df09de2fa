"""Formulas in Markdown, taken out of the text as they are written.

Nothing in them is emphasis, a heading or a list. As static/chat/page/math.js has it.
"""

import re
from collections.abc import MutableMapping, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from chat.admin.request.formulas import (
    LONGEST,
    Opening,
    after_code,
    closing_of,
    is_formula,
    left_open,
    opening_at,
)

# No formula has lines like these: what seemed to be open is text.
OTHER = ("```", "~~~", *("#" * level + " " for level in range(1, 7)))
PIPE = "\ue07c"  # of the private use area; no text has it
RULE = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")


def keep_math(markdown: MarkdownIt) -> None:
    markdown.block.ruler.before("lheading", "math", _paragraph)
    markdown.inline.ruler.before("escape", "math", _formula)
    markdown.add_render_rule("math", _drawn)
    _mask_pipes(markdown)


def _drawn(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: object,
    env: MutableMapping[str, Any],
) -> str:
    token = tokens[index]
    return f'<span class="{token.markup}">{escapeHtml(token.content)}</span>'


def _paragraph(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A paragraph with a formula of many lines, some blank or as if of lists."""
    if state.is_code_block(start):
        return False
    parent = state.parentType
    state.parentType = "paragraph"
    has_math = False
    line = start
    while line < end and not (line > start and _ends_before(state, line, end)):
        last = _last_line(state, line)
        has_math = has_math or last > line
        line = last + 1
    state.parentType = parent
    if not has_math:
        return False
    state.line = line
    opening = state.push("paragraph_open", "p", 1)
    inline = state.push("inline", "", 0)
    inline.content = state.getLines(start, line, state.blkIndent, False).strip()
    inline.children = []
    state.push("paragraph_close", "p", -1)
    opening.map = [start, line]
    inline.map = [start, line]
    return True


def _ends_before(state: StateBlock, line: int, end: int) -> bool:
    if state.isEmpty(line):
        return True
    if state.is_code_block(line) or state.sCount[line] < 0:
        return False
    rules = state.md.block.ruler.getRules("paragraph")
    return any(rule(state, line, end, True) for rule in rules)


def _last_line(state: StateBlock, line: int) -> int:
    """Return the line in which ends what begins in `line`, a formula being one."""
    last = line
    opening = left_open(_text(state, line))
    while opening:
        closing, pos = _closing_line(state, last, opening)
        if closing < 0:
            break
        last = closing
        opening = left_open(_text(state, last), pos)
    return last


def _closing_line(state: StateBlock, line: int, opening: Opening) -> tuple[int, int]:
    """Return the line a formula ends in and where there, or -1."""
    close = opening.close
    start = state.bMarks[line] + state.tShift[line] + opening.start
    # Of the lines before this one it is known that it is in none of them.
    without = state.env.setdefault("without", {})
    if line < without.get(close, -1):
        return -1, -1
    last = state.src.find(close, start, start + LONGEST)
    for number in range(line + 1, state.lineMax):
        if state.bMarks[number] > last:
            break
        text = _text(state, number)
        if text.startswith(OTHER):
            without[close] = number
            break
        at = closing_of(text, Opening(close, 0, is_display=True))
        if at >= 0:
            return number, at + len(close)
        last = state.src.find(close, state.eMarks[number], start + LONGEST)
    return -1, -1


def _text(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def _formula(state: StateInline, silent: bool) -> bool:
    opening = opening_at(state.src, state.pos)
    if opening is None:
        return False
    at = closing_of(state.src, opening, state.posMax)
    if at < 0 or not is_formula(state.src, opening, at):
        return False
    end = at + len(opening.close)
    if not silent:
        token = state.push("math", "span", 0)
        token.content = state.src[state.pos : end]
        token.markup = "math is-display" if opening.is_display else "math"
    state.pos = end
    return True


def _mask_pipes(markdown: MarkdownIt) -> None:
    """In a row of a table the strokes of `$|x|$` divide no cells."""
    table = markdown.block.ruler.getRules("")[0]

    def masked(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        if start + 2 > end or not _is_head(state, start):
            return table(state, start, end, silent)
        last = start
        while last < end and not state.isEmpty(last):
            last += 1
        source = state.src
        begins, ends = state.bMarks[start], state.eMarks[last - 1]
        rows = source[begins:ends].split("\n")
        count = _columns(_text(state, start + 1))
        hidden = "\n".join(_masked(row, count) for row in rows)
        before = len(state.tokens)
        state.src = source[:begins] + hidden + source[ends:]
        is_table = table(state, start, end, silent)
        state.src = source
        for token in state.tokens[before:]:
            token.content = token.content.replace(PIPE, "|")
        return is_table

    markdown.block.ruler.at("table", masked, {"alt": ["paragraph", "reference"]})


def _is_head(state: StateBlock, line: int) -> bool:
    rule = _text(state, line + 1)
    if "-" not in rule or not RULE.fullmatch(rule):
        return False
    return _columns(rule) == _columns(_without_pipes(_text(state, line)))


def _columns(row: str) -> int:
    inner = row.strip().removeprefix("|")
    if inner.endswith("|") and not inner.endswith("\\|"):
        inner = inner[:-1]
    return 1 + inner.count("|") - inner.count("\\|")


def _masked(row: str, count: int) -> str:
    """Strokes of code divide a row only if it has no cells too many then."""
    made = _without_pipes(row)
    return _without_pipes(row, has_code=True) if _columns(made) > count else made


def _without_pipes(row: str, *, has_code: bool = False) -> str:
    if "|" not in row or not any(sign in row for sign in "$\\`"):
        return row
    made, pos = [], 0
    while pos < len(row):
        if has_code and row[pos] == "`":
            end = after_code(row, pos)
            made.append(_hidden(row[pos:end]))
            pos = end
            continue
        opening = opening_at(row, pos)
        at = closing_of(row, opening) if opening else -1
        if opening and at >= 0 and is_formula(row, opening, at):
            end = at + len(opening.close)
            made.append(_hidden(row[pos:end]))
        else:
            end = pos + (2 if row[pos] == "\\" else 1)
            made.append(row[pos:end])
        pos = end
    return "".join(made)


def _hidden(formula: str) -> str:
    """Without the strokes that are not escaped."""
    kept = formula.split("\\|")
    return "\\|".join(part.replace("|", PIPE) for part in kept)
