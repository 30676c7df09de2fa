"""The few tags that models write in Markdown, alone or in pairs; and tasks."""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline

PAIRS = re.compile(r"<(sub|sup|kbd)>", re.I)
BREAK = re.compile(r"<br[ \t]{0,9}/?>", re.I)
TASK = re.compile(r"\[([ xX])\] +(?=\S)")
LONGEST = 500  # letters between two tags


def take_few_tags(markdown: MarkdownIt) -> None:
    markdown.inline.ruler.before("autolink", "few_tags", _tag)
    markdown.core.ruler.after("block", "tasks", _draw_tasks)


def _tag(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "<":
        return False
    return _break(state, silent) or _pair(state, silent)


def _break(state: StateInline, silent: bool) -> bool:
    found = BREAK.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    if not silent:
        state.push("hardbreak", "br", 0)
    state.pos = found.end()
    return True


def _pair(state: StateInline, silent: bool) -> bool:
    found = PAIRS.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    tag = found[1].lower()
    start, end = found.end(), state.posMax
    within = state.src[start : min(end, start + LONGEST)].lower()
    length = within.find(f"</{tag}>")
    if length < 0:
        return False
    if not silent:
        state.pos, state.posMax = start, start + length
        state.push(f"{tag}_open", tag, 1)
        state.md.inline.tokenize(state)
        state.push(f"{tag}_close", tag, -1)
        state.posMax = end
    state.pos = start + length + len(f"</{tag}>")
    return True


def _draw_tasks(state: StateCore) -> None:
    """Items that begin with `[ ]` or `[x]` are tasks."""
    tokens = state.tokens
    for item, token in zip(tokens, tokens[2:], strict=False):
        if token.type != "inline" or item.type != "list_item_open":
            continue
        found = TASK.match(token.content)
        if found:
            item.attrJoin("class", "task" if found[1] == " " else "task is-done")
            token.content = token.content[found.end() :]
