"""Answers as GLM writes them, in the admin: what is drawn is what the page draws."""

import pytest

from chat.admin.request.cjk import _is_cjk
from chat.admin.request.markdown import rendered
from chat.tests.written import Written, answers
from chat.tests.written.outline import outline


def alike(drawn: str) -> str:
    """Without what the admin leaves to the browser, or does by itself.

    It ends lines where they were ended, and whether a formula can be drawn is found out
    as it is drawn.
    """
    return drawn.replace("⟨!", "⟨").replace("↵ ", " ").replace("↵", " ")


@pytest.mark.parametrize("written", answers(), ids=lambda written: written.name)
def test_an_answer_is_drawn_as_it_is_meant(written: Written) -> None:
    html = rendered(written.text)
    assert html is not None
    assert alike(outline(html)) == alike(written.drawn)


@pytest.mark.parametrize("fences", ["$ $", r"\( \)", "$$ $$", r"\[ \]"])
def test_a_formula_of_thousands_of_letters_keeps_its_signs(fences: str) -> None:
    opening, closing = fences.split()
    source = f"{opening}x={'a+' * 2_000}b{closing}"
    html = rendered(f"So {source}.")
    assert html is not None
    assert f">{source}</span>" in html


@pytest.mark.parametrize(
    ("letter", "is_cjk"),
    [("中", True), ("」", True), ("ᅡ", True), ("ｱ", True), ("🈚", False), ("🚀", False)]
    + [
        ("㊗", True),
        ("a", False),
        ("é", False),
        ("“", None),
        ("𠮷", True),
        ("：", True),
    ],
)
def test_letters_of_chinese_japanese_and_korean_are_known(
    letter: str, is_cjk: bool | None
) -> None:
    assert _is_cjk(letter) is is_cjk
