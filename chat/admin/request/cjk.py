"""Emphasis beside Chinese, Japanese and Korean, which put no spaces between words.

As npm's `markdown-it-cjk-friendly` has it, with whose rules the page draws.
"""

import unicodedata

from markdown_it import MarkdownIt
from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, isWhiteSpace
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.token import Token
from markdown_it.utils import EnvType

QUOTES = "‘’“”"
# Of the wide letters these are drawn in colours, and the ones among them that are not.
EMOJI = ((0x231A, 0x2BFF), (0x1F000, 0x1FAFF))
NO_EMOJI = (
    *((0x2630, 0x2637), (0x268A, 0x268F), (0x1F200, 0x1F200), (0x1F202, 0x1F219)),
    *((0x1F21B, 0x1F22E), (0x1F230, 0x1F231), (0x1F237, 0x1F237), (0x1F23B, 0x1F24F)),
    *((0x1F260, 0x1F265), (0x2329, 0x232A)),
)


def take_cjk(markdown: MarkdownIt) -> None:
    inline = _Inline()
    inline.ruler, inline.ruler2 = markdown.inline.ruler, markdown.inline.ruler2
    markdown.inline = inline


class _Inline(ParserInline):
    def parse(
        self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]
    ) -> list[Token]:
        state = _State(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


class _State(StateInline):
    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:  # noqa: N802, N803
        before = self.src[start - 1] if start else " "
        last, previous = before, None
        if _is_variation(before):
            previous = self.src[start - 2] if start > 1 else " "
            if unicodedata.category(previous) != "Zs":
                last = previous
        pos = start
        while pos < self.posMax and self.src[pos] == self.src[start]:
            pos += 1
        count = pos - start
        after = self.src[pos] if pos < self.posMax else " "
        after_space, before_space = isWhiteSpace(ord(last)), isWhiteSpace(ord(after))
        if after_space or before_space:
            return Scanned(not before_space, not after_space, count)
        after_sign, before_sign = _is_sign(last), _is_sign(after)
        if not canSplitWord:
            return Scanned(after_sign, before_sign, count)
        is_cjk = bool(_is_cjk(after)) or _is_cjk_before(before, previous)
        may_open = after_sign or is_cjk or not before_sign
        may_close = before_sign or is_cjk or not after_sign
        return Scanned(may_open, may_close, count)


def _is_sign(letter: str) -> bool:
    return isMdAsciiPunct(ord(letter)) or isPunctChar(letter)


def _is_variation(letter: str) -> bool:
    return "\ufe00" <= letter <= "\ufe0e"


def _is_cjk_before(letter: str, previous: str | None) -> bool:
    if previous is not None:
        known = _is_cjk(previous)
        is_quote = letter == "\ufe01" and previous in QUOTES
        return is_quote if known is None else known
    known = _is_cjk(letter)
    return "\U000e0100" <= letter <= "\U000e01ef" if known is None else known


def _is_cjk(letter: str) -> bool | None:
    """None: it depends on what stands around it."""
    code = ord(letter)
    if code < 0x1100:
        return False
    width = unicodedata.east_asian_width(letter)
    if width in "FH":
        return True
    if width == "W":
        return not _is_emoji(code)
    if width == "A":
        return None
    # Vowels and ends of Hangul syllables are neutral.
    return 0x1160 <= code <= 0x11FF or 0xD7B0 <= code <= 0xD7FB


def _is_emoji(code: int) -> bool:
    def is_in(ranges: tuple[tuple[int, int], ...]) -> bool:
        return any(first <= code <= last for first, last in ranges)

    return is_in(EMOJI) and not is_in(NO_EMOJI)
