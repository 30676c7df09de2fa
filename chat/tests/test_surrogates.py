"""Half emojis, in JSON and across the pieces of a text."""

import msgspec
import pytest

from chat.surrogates import Joiner, replace_halves, replace_halves_within


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (rb'"\ud83d"', "\ufffd"),
        (rb'"\uDE00"', "\ufffd"),
        (rb'"a\ud83d\ude00b"', "a😀b"),
        (rb'"\ud83d\ud83d\ude00"', "\ufffd😀"),
        (rb'"\ude00\ud83d"', "\ufffd\ufffd"),
        (rb'"\\ud83d"', r"\ud83d"),
        (rb'"\\\ud83d"', "\\\ufffd"),
        (rb'"\\\\ud83d \ud83d"', "\\\\ud83d \ufffd"),
        (rb'"\ud55c\uD55C"', "한한"),
    ],
)
def test_a_half_becomes_a_sign_of_its_own(raw: bytes, text: str) -> None:
    assert msgspec.json.decode(replace_halves(raw)) == text


def test_halves_are_found_however_deep_they_are() -> None:
    value = {"a\ud83d": [{"b": ["c\ude00", 1, None, True]}]}

    without = {"a\ufffd": [{"b": ["c\ufffd", 1, None, True]}]}
    assert replace_halves_within(value) == without


@pytest.mark.parametrize(
    ("pieces", "told"),
    [
        (["a\ud83d", "\ude00b"], ["a", "😀b"]),
        (["\ud83d", "b"], ["", "\ufffdb"]),
        (["\ude00", "b"], ["\ufffd", "b"]),
        (["\ud83d", "\ud83d", "\ude00"], ["", "\ufffd", "😀"]),
        (["whole", "😀"], ["whole", "😀"]),
    ],
)
def test_a_half_waits_for_the_other(pieces: list[str], told: list[str]) -> None:
    joiner = Joiner()

    assert [joiner.add(piece) for piece in pieces] == told
