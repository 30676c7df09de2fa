"""What a request may keep has a bound, whatever was sent or answered."""

import base64
import time
from hashlib import sha256
from random import Random
from typing import Any

import pytest

from chat.event import Delta, Function, ToolCall
from chat.models import Message, RequestLog, RequestText
from chat.requestlog.chain import links
from chat.requestlog.excerpt import excerpt, head_and_tail, note
from chat.requestlog.images import without_files
from chat.requestlog.keeping import bounded
from chat.requestlog.record import Record, encode_record
from chat.requestlog.transcript import Growing, Transcript
from chat.tests.requestlog.closed_rows import closed, id_of
from chat.tests.requestlog.making import HELLO, closing, record, said
from chat.tests.scripted_zai import answering, scripted
from chat.tests.serving import Service, point_at, service_for

ROOM = 1_000_000
IMAGE = Random(7).randbytes(150_000)  # the same in each worker of the tests
URL = "data:image/png;base64," + base64.b64encode(IMAGE).decode()
NOTE = f"[image/png, 150 kB, sha256 {sha256(IMAGE).hexdigest()}]"


def kept(made: Record) -> Record:
    return bounded(made)[0]


def deep(depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    return value


def call(arguments: str) -> dict[str, Any]:
    function = {"name": "f", "arguments": arguments}
    return {"id": "c", "index": 0, "type": "function", "function": function}


PART = {"type": "text", "text": "z" * 300}
LARGE: dict[str, list[Any]] = {
    "a text": [{"role": "user", "content": "word " * 1_000_000}],
    "a text of control characters": [{"role": "user", "content": "\x00\x01" * 900_000}],
    "a text of four bytes each": [{"role": "user", "content": "😀" * 900_000}],
    "many messages": HELLO * 200_000,
    "many long messages": [{"role": "user", "content": "y" * 90_000}] * 50,
    "many parts": [{"role": "user", "content": [PART] * 100_000}],
    "long parts": [{"role": "user", "content": [{**PART, "text": "z" * 400_000}] * 9}],
    "arguments": [{"role": "assistant", "tool_calls": [call("a" * 900_000)] * 3}],
    "many calls": [{"role": "assistant", "tool_calls": [call("a" * 90)] * 30_000}],
    "a name": [{"role": "user", "content": "", "name": "n" * 3_000_000}],
    "deep content": [{"role": "user", "content": deep(900)}],
    "wide content": [{"role": "user", "content": {str(n): n for n in range(99_000)}}],
    "images": [{"role": "user", "content": [{"type": "image_url", "image_url": URL}]}]
    * 500,
}


@pytest.mark.parametrize("name", LARGE)
def test_a_large_request_keeps_no_more_than_it_may(name: str) -> None:
    made = closing(said(LARGE[name], "answer " * 500_000, reasoning="hm\n" * 900_000))
    assert made.text
    made.text.extra = {"web_search": [deep(60), "w" * 900_000] * 9}
    short, size = bounded(made)
    assert size <= ROOM + 1000
    assert len(encode_record(short)) <= ROOM + 3000
    assert kept(short).text == short.text  # and once more changes nothing
    assert short.text
    assert all({"role"} <= message.keys() for message in short.text.messages)
    assert len(short.text.messages) < 2000


def test_an_ordinary_request_stays_as_it_is() -> None:
    image = {"type": "image_url", "image_url": {"url": URL[:60_000]}}
    asked = [*HELLO, {"role": "user", "content": [image, PART]}, {"role": "tool"}]
    made = closing(said([*asked, *[HELLO[0]] * 500], "Hi", reasoning="Hm"))
    assert kept(made) == made


def test_of_a_long_text_head_and_tail_are_kept() -> None:
    text = "begin " + "x" * 2_000_000 + " end"
    [message] = kept(said([{"role": "user", "content": text}])).text.messages  # type: ignore[union-attr]
    content = message["content"]
    assert content.startswith("begin x") and content.endswith("x end")
    assert "characters left out of the log" in content
    shown = int(content.split("[… ")[1].split()[0].replace(",", ""))
    assert shown == len(text) - content.count("x") - len("begin  end")


def test_of_many_messages_the_first_and_the_last_are_kept() -> None:
    asked = [{"role": "user", "content": f"{n} " + "x" * 9000} for n in range(300)]
    text = kept(said(asked)).text
    assert text
    assert text.messages[0] == asked[0]
    assert text.messages[-1] == asked[-1]
    [place] = [n for n, m in enumerate(text.messages) if m["role"] == "system"]
    left_out = 300 - (len(text.messages) - 1)
    assert text.messages[place]["content"] == (
        f"[… {left_out} messages left out of the log …]"
    )


def test_turns_of_a_conversation_that_is_too_long_share_what_they_keep() -> None:
    asked: list[Any] = []
    stored: dict[str, int] = {}
    for turn in range(400):
        asked.append({"role": "user", "content": f"{turn} " + "x" * 5000})
        text = kept(said(list(asked))).text
        assert text
        stored |= {link.id: len(link.body) for link in links(text.messages)}
    assert sum(stored.values()) < 2 * 400 * 5000


def test_an_answer_that_is_cut_is_the_same_when_it_is_sent_back() -> None:
    answer = "answer " * 200_000
    first = kept(closing(said(HELLO, answer))).text
    again = [*HELLO, {"role": "assistant", "content": answer}, *HELLO]
    later = kept(said(again)).text
    assert first and later and first.answer
    assert later.messages[1] == first.answer


@pytest.mark.parametrize(
    "text",
    [URL, f"Look: ![]({URL}) Nice?", f'{{"image": "{URL}"}}', f"{URL} {URL}"],
)
def test_images_are_kept_as_size_and_hash(text: str) -> None:
    assert without_files(text) == text.replace(URL, NOTE)


@pytest.mark.parametrize(
    "text",
    [
        URL[:60_000],
        "data:" * 20_000,
        "x data:a;base64," * 9000,
        "data:image/png;base64, " + "word " * 20_000,
        "x" * 100_000,
    ],
)
def test_what_is_no_large_file_stays(text: str) -> None:
    assert without_files(text) == text


def test_a_file_that_is_no_base64_has_a_hash_too() -> None:
    text = "data:text/plain," + "%F0" * 30_000
    assert without_files(text).startswith("[text/plain, 90 kB, sha256 ")


@pytest.mark.parametrize("text", ["data:a;base64," + "A" * 999, "data:", "d", URL[:99]])
def test_hostile_text_takes_no_longer_than_its_length(text: str) -> None:
    def seconds(size: int) -> float:
        hostile = (text * (size // len(text) + 1))[:size]
        best = []
        for _ in range(3):
            began = time.thread_time()
            without_files(hostile)
            head_and_tail(hostile, 10_000)
            best.append(time.thread_time() - began)
        return min(best)

    assert seconds(1_000_000) < 50 * seconds(64_000 + 2000) + 0.05


def test_json_is_bounded_however_it_is_made() -> None:
    for value in (
        deep(900),
        {"a" * 900_000: 1},
        [10**400] * 9000,
        {"a": {"b": "c" * 9**7}},
    ):
        assert len(encode_record(Record(record().row))) < 1000
        shown = excerpt(value, 5000)
        assert len(str(shown).encode()) <= 6000


def test_columns_are_cut_before_they_wait_anywhere() -> None:
    parameters = {"thinking": {f"a{n}": n for n in range(9000)}}
    long = dict.fromkeys(
        ("path", "user_agent", "error_message", "upstream_id"), "x" * 9999
    )
    made = closing(record(parameters=parameters, **long))
    assert len(encode_record(kept(made))) < 5000


def test_a_text_that_is_no_json_is_not_kept() -> None:
    made = closing(said(HELLO))
    assert made.text
    made.text.extra = {"a": object()}
    assert kept(made) == Record(made.row)


def test_the_bound_holds_over_http(service: Service, settings: Any) -> None:
    settings.CHAT_STORE_TEXT_BYTES = 20_000
    image = {"type": "image_url", "image_url": {"url": URL}}
    asked = [{"role": "user", "content": [image, {**PART, "text": "Look " * 90_000}]}]
    tools = [
        {"type": "function", "function": {"name": "f", "description": "d" * 99_000}}
    ]
    response = service.send({"messages": asked, "tools": tools, "model": "glm-4.6v"})
    row = closed(id_of(response))
    text = RequestText.objects.get()
    bodies = [str(body) for body in Message.objects.values_list("body", flat=True)]
    stored = sum(map(len, bodies)) + len(str(text.extra)) + len(text.reasoning)
    assert stored < 20_000
    assert NOTE in "".join(bodies)
    assert row.question.startswith("Look Look")


def test_an_answer_without_end_is_bounded(settings: Any) -> None:
    settings.CHAT_STORE_TEXT_BYTES = 20_000
    event = (
        b'data: {"id":"1","created":1,"model":"m","choices":[{"index":0,"delta":'
        b'{"content":"%s","reasoning_content":"%s"}}]}\n\n' % (b"a" * 9000, b"b" * 9000)
    )
    end = (
        b'data: {"id":"1","created":1,"model":"m","choices":[{"index":0,"delta":{},'
        b'"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
    )
    with scripted(answering(*[event] * 300, end)) as base_url:
        point_at(settings, base_url)
        with service_for() as service:
            row = closed(id_of(service.post()))
    assert row.ending == "completed"
    assert len(row.text.answer.body["content"]) < 10_000
    assert "left out of the log" in row.text.answer.body["content"]
    assert len(row.text.reasoning) < 20_000
    assert RequestLog.objects.count() == 1


def test_a_text_that_grows_without_end_is_bounded_all_the_while() -> None:
    growing = Growing(1000)
    for number in range(100_000):
        growing.add(f"{number} ")
        assert growing._size <= 2010 and len(growing._parts) < 500
    text = str(growing)
    assert text.startswith("0 1 2 ") and text.endswith("99998 99999 ")
    length = sum(len(f"{number} ") for number in range(100_000))
    shown = text.replace("\n", "").partition("[")[0] + text.rpartition("]\n")[2]
    assert note(length - len(shown), "characters") in text
    # Cut once more, it says what both left out.
    assert note(length - 300, "characters") in head_and_tail(text, 400)


def test_many_calls_and_their_arguments_are_put_together() -> None:
    transcript = Transcript(1000)
    for number in range(300):
        for piece in ('{"a":', "1}"):
            name = "f" if piece.startswith("{") else None
            call = ToolCall(number, f"call_{number}", "function", Function(name, piece))
            transcript._add(Delta(tool_calls=[call]))
    assert transcript.answer
    calls = transcript.answer["tool_calls"]
    assert len(calls) == 200
    assert calls[7] == {
        "id": "call_7",
        "index": 7,
        "type": "function",
        "function": {"name": "f", "arguments": '{"a":1}'},
    }
