"""Code fences around JSON, taken off however the text is cut into pieces."""

from itertools import combinations

import pytest

from chat.protocols.fences import MOST_HELD, Unfencing, remove_fence

JSON = '{"a": "```js\\n```", "b": [1]}'
FENCED = [
    f"```json\n{JSON}\n```",
    f"\n\n```JSON\n{JSON}\n```\n\n",
    f"```\n{JSON}```",
    f"``` json5 \r\n{JSON}\n  ```  ",
    f"````json\n{JSON}\n````",
    f"```json{JSON}",
    f"```json\n{JSON}",
]
AS_IT_IS = [
    JSON,
    f"\n {JSON}\n\n",
    f"Here it is:\n```json\n{JSON}\n```",
    "```python\nprint()\n```",
    f"```{'x' * 30}\n{JSON}\n```",
    "```json\n",
    "```",
    "`` {}",
    "",
    " \n",
]


def pieces(text: str, *cuts: int) -> str:
    """What becomes of `text` when it comes in pieces that end at `cuts`."""
    unfencing, start, out = Unfencing(), 0, ""
    for end in (*cuts, len(text)):
        out += unfencing.add(text[start:end])
        start = end
    return out + unfencing.end()


@pytest.mark.parametrize("text", FENCED)
def test_a_fence_is_taken_off(text: str) -> None:
    assert remove_fence(text).rstrip() == JSON


@pytest.mark.parametrize("text", AS_IT_IS)
def test_what_has_no_fence_around_it_stays_as_it_is(text: str) -> None:
    assert remove_fence(text) == text


@pytest.mark.parametrize("text", [*FENCED, *AS_IT_IS])
def test_it_makes_no_difference_how_the_text_is_cut(text: str) -> None:
    whole = remove_fence(text)
    assert pieces(text, *range(1, len(text))) == whole
    for cuts in combinations(range(len(text) + 1), 2):
        assert pieces(text, *cuts) == whole


def test_words_behind_the_fence_stay_with_it() -> None:
    text = f"```json\n{JSON}\n```\nI hope this helps!"
    assert pieces(text, *range(1, len(text))) == text.removeprefix("```json\n")


def test_words_without_a_fence_come_at_once() -> None:
    unfencing = Unfencing()
    assert unfencing.add('{"a') == '{"a'
    assert unfencing.is_over


@pytest.mark.parametrize("beginning", ["", "```json\n{"])
@pytest.mark.parametrize("unit", [" ", "`", "\n", "``` "])
def test_little_is_held_back(beginning: str, unit: str) -> None:
    unfencing = Unfencing()
    came, went = beginning, len(unfencing.add(beginning))
    for _ in range(2_000):
        went += len(unfencing.add(unit))
        came += unit
        assert len(came) - went <= MOST_HELD + len("```json\n")
