"""What came back, put together: from events, and from a whole answer."""

from typing import Any

import msgspec
import pytest

from chat.event import Batch, decode_event
from chat.requestlog.excerpt import note
from chat.requestlog.transcript import MOST_CALLS, Growing, Transcript

SEARCHED = [{"title": "Z.AI", "link": "https://z.ai"}]


def transcript_of(*deltas: Any, most: int = 1000) -> Transcript:
    transcript = Transcript(most)
    for delta in deltas:
        hear(transcript, {"choices": [{"delta": delta}]})
    return transcript


def hear(transcript: Transcript, fields: Any) -> None:
    batch = Batch()
    batch.events.append(decode_event(msgspec.json.encode(fields)))
    transcript.add(batch)


def calls(*pieces: Any) -> dict[str, Any]:
    return {"tool_calls": [*pieces]}


def piece(index: int, arguments: str = "", **more: Any) -> dict[str, Any]:
    name = {"name": more.pop("name")} if "name" in more else {}
    return {"index": index, "function": {"arguments": arguments, **name}, **more}


def test_nothing_said_is_no_answer() -> None:
    transcript = Transcript(1000)
    assert transcript.answer is None
    assert transcript.reasoning == ""
    assert transcript.extra is None


@pytest.mark.parametrize("delta", [None, {}, {"role": "assistant", "content": ""}])
def test_events_that_say_nothing_are_no_answer(delta: Any) -> None:
    assert transcript_of(delta, delta).answer is None


def test_words_and_thoughts_are_kept_apart() -> None:
    transcript = transcript_of(
        {"reasoning_content": "Let me "},
        {"reasoning_content": "think."},
        {"content": "Hel"},
        {"content": "lo"},
    )
    assert transcript.answer == {"role": "assistant", "content": "Hello"}
    assert transcript.reasoning == "Let me think."


def test_thoughts_alone_are_no_answer() -> None:
    transcript = transcript_of({"reasoning_content": "Hm."})
    assert transcript.answer is None
    assert transcript.reasoning == "Hm."


def test_asking_for_the_answer_does_not_end_it() -> None:
    transcript = transcript_of({"content": "Hel"})
    assert transcript.answer == {"role": "assistant", "content": "Hel"}
    hear(transcript, {"choices": [{"delta": {"content": "lo"}}]})
    assert transcript.answer == {"role": "assistant", "content": "Hello"}


def test_pieces_of_calls_make_whole_calls() -> None:
    transcript = transcript_of(
        calls(piece(0, name="weather", id="a", type="function")),
        calls(piece(0, '{"city":'), piece(1, '{"q":', name="search", id="b")),
        calls(piece(1, "1}"), piece(0, '"Kyiv"}')),
    )
    answer = transcript.answer
    assert answer
    assert answer["content"] == ""
    first, second = answer["tool_calls"]
    assert (first["id"], first["type"], first["index"]) == ("a", "function", 0)
    assert first["function"] == {"name": "weather", "arguments": '{"city":"Kyiv"}'}
    assert (second["id"], second["index"]) == ("b", 1)
    assert second["function"] == {"name": "search", "arguments": '{"q":1}'}


def test_calls_beyond_the_most_are_left_out() -> None:
    many = [calls(piece(number, "{}", name="f")) for number in range(MOST_CALLS + 5)]
    answer = transcript_of(*many).answer
    assert answer
    assert len(answer["tool_calls"]) == MOST_CALLS


def test_of_long_arguments_the_middle_is_left_out() -> None:
    pieces = [calls(piece(0, f"{number:04},")) for number in range(1000)]
    answer = transcript_of(*pieces, most=50).answer
    assert answer
    [call] = answer["tool_calls"]
    arguments = call["function"]["arguments"]
    assert arguments.startswith("0000,0001,")
    assert arguments.endswith("0998,0999,")
    assert note(1000 * 5 - 100, "characters") in arguments


def test_a_whole_answer_is_kept_as_one_that_came_in_pieces() -> None:
    transcript = Transcript(1000)
    said = {"content": "Hi", "reasoning_content": "Hm.", **calls(piece(0, "{}"))}
    fields = {"choices": [{"message": said}], "web_search": SEARCHED}
    transcript.add_completion(decode_event(msgspec.json.encode(fields)))
    in_pieces = transcript_of(said)
    assert transcript.answer == in_pieces.answer
    assert transcript.reasoning == in_pieces.reasoning == "Hm."
    assert transcript.extra == {"web_search": SEARCHED}


def test_an_answer_without_choices_is_none() -> None:
    transcript = Transcript(1000)
    transcript.add_completion(decode_event(b'{"choices": []}'))
    assert transcript.answer is None
    assert transcript.extra is None


def test_what_was_searched_is_kept_beside_the_answer() -> None:
    transcript = transcript_of({"content": "Hi"})
    hear(transcript, {"choices": [{"delta": {}}], "web_search": SEARCHED})
    hear(transcript, {"choices": [{"delta": {"content": "!"}}]})
    assert transcript.extra == {"web_search": SEARCHED}
    assert transcript.answer == {"role": "assistant", "content": "Hi!"}


@pytest.mark.parametrize("size", [1, 7, 499, 500, 501, 10_001])
def test_pieces_of_any_size_make_the_same_text(size: int) -> None:
    text = "".join(f"{number} " for number in range(3000))
    growing = Growing(50_000)
    for start in range(0, len(text), size):
        growing.add(text[start : start + size])
    assert str(growing) == text
    assert str(growing) == text  # again


def test_a_text_is_true_as_soon_as_something_came() -> None:
    growing = Growing(10)
    assert not growing
    growing.add("a")
    assert growing
    assert str(growing) == "a"
    assert growing
