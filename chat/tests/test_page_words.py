"""The page's sentences: each has its Chinese, and nothing else has."""

import re
from html.parser import HTMLParser
from pathlib import Path

from chat.failures import AccessRefused
from chat.upstream.codes import MEANINGS

ROOT = Path(__file__).parents[1]
SCRIPTS = sorted((ROOT / "static/chat/page").glob("*.js"))
CHINESE = ROOT / "static/chat/page/words_zh.js"
TEMPLATE = ROOT / "templates/chat/page.html"
# A string of JavaScript, or several that are added
STRING = r"""(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
SAID = re.compile(rf"\bsay\(\s*({STRING}(?:\s*\+\s*{STRING})*)")
SPOKEN = {"aria-label", "title", "placeholder", "data-ask"}
# The same in every language, or put in by a script
NAMES = {"POST", "This page needs JavaScript. The service answers without it:"}
NAMES |= {
    "Chat",
    "中文",
    "Enter",
    "Shift",
    "Esc",
    "Ctrl",
    "K",
    "O",
    "/",
    "↑",
    "+",
    "zai-chat-django",
}


def text_of(strings: str) -> str:
    parts = re.findall(STRING, strings)
    return "".join(part[1:-1].replace('\\"', '"') for part in parts)


def said() -> set[str]:
    found = set()
    for path in SCRIPTS:
        if path != CHINESE:
            found |= {text_of(strings) for strings in SAID.findall(path.read_text())}
    return found


# Reaching `say` by a variable: sentences of failures, and what is long
ELSEWHERE = {
    "The answer cannot be read.",
    "The connection broke off.",
    "The page was closed before the answer was whole.",
    "The server cannot be reached.",
    "This browser keeps no more conversations ({why}). What you see is gone once the "
    "page is closed.",
    "{count} token",
    "{count} tokens",
}


def known() -> dict[str, str]:
    words = CHINESE.read_text().partition("export const FAILURES")[0]
    rows = re.findall(rf"^  ({STRING}):\s*({STRING}),$", words, re.M)
    return {text_of(name): text_of(words) for name, words in rows}


def of_template() -> set[str]:
    parser = Template()
    parser.feed(re.sub(r"\{[%{].*?[%}]\}", "", TEMPLATE.read_text()))
    return parser.sentences - NAMES


class Template(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.sentences: set[str] = set()
        self.is_left_out = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.is_left_out = tag in ("script", "noscript", "title")
        self.sentences |= {value or "" for name, value in attrs if name in SPOKEN}

    def handle_endtag(self, tag: str) -> None:
        self.is_left_out &= tag not in ("script", "noscript", "title")

    def handle_data(self, data: str) -> None:
        if not self.is_left_out and data.strip():
            self.sentences.add(data.strip())


def test_every_sentence_of_the_page_has_its_chinese_and_no_other_has() -> None:
    sentences = said() | of_template() | ELSEWHERE
    assert known().keys() == sentences
    for english, chinese in known().items():
        assert re.findall(r"\{\w+\}", english) == re.findall(r"\{\w+\}", chinese)
        assert chinese.strip()


def test_what_reaches_say_by_a_variable_is_in_the_code() -> None:
    code = "".join(path.read_text() for path in SCRIPTS if path != CHINESE)
    for sentence in ELSEWHERE:
        assert sentence[:40] in code, sentence


def test_every_code_that_a_reader_can_meet_has_its_chinese() -> None:
    _, _, failures = CHINESE.read_text().partition("export const FAILURES")
    codes = set(re.findall(r'"(\w+)"', failures))
    assert MEANINGS.keys() <= codes
    assert {refusal.code for refusal in AccessRefused.__subclasses__()} <= codes
