"""Events that are not as Z.AI describes them: bytes in, events out."""

from typing import Any

import msgspec
import pytest

from chat.event import Event
from chat.upstream.repair import UNDECODABLE, Repair

HEAD: dict[str, Any] = {"id": "1", "created": 7, "model": "glm-4.6"}


def event(delta: Any = None, **more: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": {"content": "Hi"} if delta is None else delta}
    return {**HEAD, "choices": [choice], **more}


def mended(fields: Any, repair: Repair | None = None) -> tuple[Any, Event]:
    """The event as callers get it, and as it is read."""
    raw = fields if isinstance(fields, bytes) else msgspec.json.encode(fields)
    found = (repair or Repair("asked")).mend(raw, None)
    assert found
    return msgspec.json.decode(found[0]), found[1]


def calls(*deltas: Any) -> list[list[dict[str, Any]]]:
    """The tool calls of some events, as callers get them."""
    repair = Repair("asked")
    answer = [mended(event({"tool_calls": delta}), repair)[0] for delta in deltas]
    return [fields["choices"][0]["delta"].get("tool_calls", []) for fields in answer]


def put_together(*deltas: Any) -> list[tuple[str, str, str]]:
    """Id, name and arguments of each call, as a client adds them up."""
    whole: dict[int, list[str]] = {}
    for pieces in calls(*deltas):
        for piece in pieces:
            call = whole.setdefault(piece["index"], ["", "", ""])
            call[0] += piece.get("id", "")
            call[1] += piece["function"].get("name", "")
            call[2] += piece["function"]["arguments"]
    assert list(whole) == list(range(len(whole)))
    return [(call[0], call[1], call[2]) for call in whole.values()]


def call(number: int | None, **function: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"type": "function", "function": function}
    return told if number is None else {"id": f"call_{number}", **told}


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b" ", b"null", b'""', b"[]", b"{}", b"false", b"0"),
        b'{"id":"","created":0,"model":"","choices":null,"usage":null}',
        b'{"choices":[]}',
        b'{"choices":[null]}',
        b'{"choices":{}}',
        b'{"id":"1","choices":[{"index":0,"delta":null}]}',
        b'{"id":"1","choices":[{"index":0,"delta":{}}],"error":{}}',
        b'{"id":"1","choices":[{"index":0,"finish_reason":"","delta":{}}]}',
    ],
)
def test_an_event_that_says_nothing_is_none(raw: bytes) -> None:
    assert Repair("asked").mend(raw, None) is None


@pytest.mark.parametrize("raw", [b'"words"', b"7", b"[1]", b"{", b'{"a":', b"\xff"])
def test_what_has_words_and_cannot_be_read_is_not_passed_over(raw: bytes) -> None:
    with pytest.raises(UNDECODABLE):
        Repair("asked").mend(raw, None)


def test_what_is_well_made_keeps_its_bytes() -> None:
    piece = {**call(1, name="f", arguments="{}"), "index": 0}
    raw = msgspec.json.encode(event({"tool_calls": [piece]}, object="any", further=[1]))

    found = Repair("asked").mend(raw, None)

    assert found and found[0] is raw


@pytest.mark.parametrize("error", [None, "", {}, False, 0, []])
def test_an_error_that_is_none_breaks_nothing(error: Any) -> None:
    fields, read = mended(event(error=error))

    assert "error" not in fields and read.error is None
    assert read.choices[0].delta and read.choices[0].delta.content == "Hi"


@pytest.mark.parametrize(
    "fields",
    [
        {"error": {"code": "1302", "message": "Busy"}},
        {"error": {"code": 1302, "msg": "Busy"}, "choices": []},
        {"code": 1302, "msg": "Busy", "success": False},
        {"code": "1302", "message": "Busy", "choices": None},
        {"error": "Busy", "code": 1302, "status": 429},
    ],
)
def test_an_error_is_known_in_each_of_its_shapes(fields: Any) -> None:
    error = mended_error(fields)

    assert str(error["code"]) == "1302"
    assert error.get("message", error.get("msg")) == "Busy"


def mended_error(fields: Any) -> Any:
    found = Repair("asked").mend(msgspec.json.encode(fields), None)
    assert found
    return found[1].error


@pytest.mark.parametrize("name", ["id", "created", "model", "choices", "usage"])
@pytest.mark.parametrize(
    "value", [None, "", 0, 1.5, "7", [], {}, ["x"], {"x": 1}, True]
)
def test_no_value_of_what_is_only_noted_breaks_an_answer(name: str, value: Any) -> None:
    fields = {**event(), name: value}
    if name == "choices":
        fields["usage"] = {"prompt_tokens": 1}  # else there would be nothing in it

    told, read = mended(fields)

    assert told["choices"] and told["choices"][0]["delta"] is not None
    assert told["model"] and type(told["model"]) is str
    assert type(told["created"]) is int
    assert read.usage is None or read.usage.prompt_tokens in (None, 1)


def test_numbers_are_noted_where_they_make_sense() -> None:
    usage = {
        "prompt_tokens": 10.0,
        "completion_tokens": "20",
        "total_tokens": -1,
        "prompt_tokens_details": [1],
        "completion_tokens_details": {"reasoning_tokens": 3.0, "cached_tokens": 2**40},
    }

    _, read = mended(event(usage=usage))

    assert read.usage
    assert (read.usage.prompt_tokens, read.usage.completion_tokens) == (10, None)
    assert (read.usage.reasoning_tokens, read.usage.cached_tokens) == (3, None)


def test_what_is_missing_is_that_of_the_event_before() -> None:
    before = Event(id="1", created=7, model="glm-5.3")

    found = Repair("asked").mend(b'{"usage":{"prompt_tokens":1}}', before)

    assert found and (found[1].id, found[1].created) == ("1", 7)
    assert msgspec.json.decode(found[0])["model"] == "glm-5.3"


def test_an_id_that_nobody_told_is_not_null() -> None:
    repair = Repair("asked")
    before = repair.mend(b'{"choices":[{"delta":{"content":"a"}}]}', None)
    assert before
    after = repair.mend(b'{"choices":[{"delta":{"content":"b"}}]}', before[1])
    assert after
    assert "id" not in msgspec.json.decode(after[0])


@pytest.mark.parametrize("reason", ["", "null", None, 7, {}])
def test_what_is_no_reason_is_none(reason: Any) -> None:
    choice = {"index": 0, "finish_reason": reason, "delta": {"content": "Hi"}}

    assert mended({**HEAD, "choices": [choice]})[1].finish_reason is None


@pytest.mark.parametrize(
    ("content", "text"),
    [([{"type": "text", "text": "a"}, "b", 1], "ab"), (7, "7"), ({"x": 1}, "")],
)
def test_words_in_another_shape_are_words(content: Any, text: str) -> None:
    delta = mended(event({"role": "assistant", "content": content}))[1].choices[0].delta

    assert delta and delta.content == text


def test_a_letter_that_was_cut_in_two_is_joined() -> None:
    repair, texts = Repair("asked"), []
    for text in (rb"a\ud83d", rb"\ude00b", rb"\ude00", rb"\ud83d", rb"c"):
        raw = msgspec.json.encode(event({"content": "?"})).replace(b"?", text)
        try:
            texts.append(repair.decode(raw).choices[0].delta)
        except UNDECODABLE:
            texts.append(mended(raw, repair)[1].choices[0].delta)

    assert [delta and delta.content for delta in texts] == [
        *("a", "😀b", "\ufffd", "", "\ufffdc")
    ]


def test_a_half_in_what_nobody_reads_is_no_fault() -> None:
    raw = msgspec.json.encode(event(web_search=[{"title": "?"}]))

    fields, _ = mended(raw.replace(b"?", rb"\ud83d"))

    assert fields["web_search"] == [{"title": "\ufffd"}]


ONE, TWO = ("call_1", "f", '{"a":1}'), ("call_2", "g", '{"b":2}')
F, G = {"name": "f", "arguments": '{"a":1}'}, {"name": "g", "arguments": '{"b":2}'}


@pytest.mark.parametrize(
    "deltas",
    [
        [[{"index": 0, **call(1, **F)}], [{"index": 1, **call(2, **G)}]],
        [[{"index": 0, **call(1, **F)}], [{"index": 0, **call(2, **G)}]],
        [[call(1, **F)], [call(2, **G)]],
        [[call(1, **F), call(2, **G)]],
        [call(1, **F), call(2, **G)],
        [
            [{"index": 0, **call(1, name="f", arguments="")}],
            [{"index": 1, **call(2, name="g", arguments="")}],
            [{"index": 0, "function": {"arguments": '{"a"'}}],
            [{"index": 1, "id": "call_2", "function": {"arguments": '{"b":2}'}}],
            [{"index": 0, "id": "call_1", "function": {"arguments": ":1}"}}],
        ],
        [
            [{"index": 0, **call(1, arguments='{"a"')}],
            [{"index": 0, "function": {"name": "f", "arguments": ":1}"}}],
            [{"index": 1, **call(2, name=None, arguments=None)}],
            [{"index": 1, "function": {"name": "", "arguments": '{"b"'}}],
            [{"index": 1, **call(2, name="g", arguments=":2}")}],
            [{"index": 1, "function": {"name": "g"}}],
        ],
        [
            [{"index": 0, **call(1, name="f", arguments={"a": 1})}],
            [{"index": 1, **call(2, name="<tool_call>g", arguments='{"b":2}')}],
        ],
        [
            [call(1, name="f</arg_value>", arguments='{"a":1}')],
            [call(2, name="g\n<arg_key>b</arg_key>", arguments='{"b":2}')],
        ],
    ],
)
def test_each_call_stays_one_call(deltas: list[Any]) -> None:
    told = put_together(*deltas)

    assert [(i, n, a.replace(" ", "")) for i, n, a in told] == [ONE, TWO]


def test_calls_without_any_id_get_one_each() -> None:
    told = put_together([call(None, **F)], [call(None, **F)], [call(None, **G)])

    assert [(name, arguments) for _, name, arguments in told] == [
        *(("f", '{"a":1}'), ("f", '{"a":1}'), ("g", '{"b":2}'))
    ]
    assert len({identity for identity, _, _ in told}) == 3


def test_calls_that_all_have_one_id_are_told_apart_by_their_index() -> None:
    pieces = [[{"index": n, **call(1, **f)}] for n, f in enumerate((F, G))]

    assert [name for _, name, _ in put_together(*pieces)] == ["f", "g"]


def test_a_damaged_name_is_noted() -> None:
    repair = Repair("asked")
    mended(event({"tool_calls": [call(1, name="f</arg_value>", arguments="")]}), repair)

    assert repair.calls.repaired_names == ["f"]


@pytest.mark.parametrize("junk", [7, "x", [7, None, "x"], {"function": 7}, [[]], [{}]])
def test_no_tool_calls_break_an_answer(junk: Any) -> None:
    fields, read = mended(event({"content": "Hi", "tool_calls": junk}))

    assert fields["choices"][0]["delta"]["content"] == "Hi"
    assert read.choices[0].delta


def test_a_whole_answer_is_mended_alike() -> None:
    message = {"content": None, "tool_calls": [call(1, **F), call(2, **G)]}
    choice = {"index": 0, "finish_reason": "tool_calls", "message": message}
    raw = msgspec.json.encode({**HEAD, "choices": [choice], "usage": "much"})

    body, read = Repair("asked").mend_whole(raw)

    told = msgspec.json.decode(body)["choices"][0]["message"]["tool_calls"]
    assert [piece["index"] for piece in told] == [0, 1]
    assert read.usage is None and read.finish_reason == "tool_calls"
