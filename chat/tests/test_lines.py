"""Text of others in a line of ours."""

import pytest

from chat import lines
from chat.failures import Failure, UpstreamFailed
from chat.upstream.errors import make_rejection
from chat.upstream.told_error import Error

# What ends a line, moves the cursor, or turns the direction of text.
CONTROLS = (
    "\n\r\t\x00\x0b\x0c\x1b\x7f\x85\x9b\u061c\u200e\u2028\u2029\u202e\u2066\ufeff"
)


@pytest.mark.parametrize("control", CONTROLS)
def test_a_control_character_is_written_out_or_left_out(control: str) -> None:
    text = f"a{control}b"
    for made in (lines.escape(text), lines.clean(text)):
        assert control not in made
        assert made.splitlines() == [made]
        assert made.isprintable()


@pytest.mark.parametrize("text", ["It’s 5 °C", "你好", "👩‍👩‍👧", "Ångström\u00a0x"])
def test_words_of_any_language_stay(text: str) -> None:
    assert lines.escape(text) == lines.clean(text) == text


def test_half_a_character_can_be_encoded() -> None:
    assert lines.escape("\ud83d!").encode() == b"\\ud83d!"


def test_a_failure_is_bounded_whatever_made_it() -> None:
    failure = Failure("a" * 10_000_000, diagnosis="b\n" * 10_000, code="c" * 1_000)
    assert len(failure.message) == len(failure.diagnosis) == lines.LONGEST
    assert len(failure.discreet) <= lines.LONGEST
    assert "\n" not in failure.diagnosis
    assert failure.code and len(failure.code) == 40


def test_zais_words_are_bounded_and_without_control_characters() -> None:
    said = "\x1b[31mYour limit\u2028is reached" + "!" * 10_000_000
    failure = make_rejection(Error("1302", said), 429)
    assert failure.message.startswith(" [31mYour limit is reached!".strip())
    assert len(failure.message) == len(failure.diagnosis) == lines.LONGEST
    assert failure.discreet == "Z.AI: 429 1302"


def test_what_failed_can_be_said_without_words_of_the_answer() -> None:
    failure = UpstreamFailed("It broke off.", diagnosis="It said 'Once upon a time'")
    assert failure.discreet == "It broke off."
