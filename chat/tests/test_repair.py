"""Events that are not as Z.AI describes them: bytes in, events out."""

from typing import Any

import msgspec
import pytest

from chat.event import Event
from chat.upstream.plain import decode_plain
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
        {"error": None, "code": 1302.0, "msg": "Busy"},
    ],
)
def test_an_error_is_known_in_each_of_its_shapes(fields: Any) -> None:
    error = mended_error(fields)

    assert (error.code, error.message) == ("1302", "Busy")


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


@pytest.mark.parametrize("reason", ["", " ", "null", "NULL ", "None", None, 7, {}])
def test_what_is_no_reason_is_none(reason: Any) -> None:
    choice = {"index": 0, "finish_reason": reason, "delta": {"content": "Hi"}}

    told, read = mended({**HEAD, "choices": [choice]})

    assert read.finish_reason is None
    assert told["choices"][0].get("finish_reason") is None


@pytest.mark.parametrize("reason", ["", " ", "null", "NULL ", "None", "\tnone"])
def test_what_is_no_reason_is_not_well_made(reason: str) -> None:
    choice = {"index": 0, "finish_reason": reason, "delta": {}}

    with pytest.raises(UNDECODABLE):
        decode_plain(msgspec.json.encode({**HEAD, "choices": [choice]}))


@pytest.mark.parametrize(
    "reason", ["stop", "nullable", "network_error", "no_end", None]
)
def test_any_other_reason_is_well_made(reason: str | None) -> None:
    choice = {"index": 0, "finish_reason": reason, "delta": {}}

    event = decode_plain(msgspec.json.encode({**HEAD, "choices": [choice]}))

    assert event.finish_reason == reason


@pytest.mark.parametrize("code", [0, 200, "200"])
def test_a_code_that_says_it_went_well_says_nothing(code: Any) -> None:
    raw = msgspec.json.encode({"code": code, "msg": "ok", "data": None})
    assert Repair("asked").mend(raw, None) is None


def test_what_succeeded_is_no_error() -> None:
    raw = b'{"code":20000,"msg":"ok","success":true}'
    assert Repair("asked").mend(raw, None) is None


@pytest.mark.parametrize("usage", [{}, {"prompt_tokens": None}, {"prompt_tokens": "x"}])
def test_a_usage_that_tells_nothing_is_none(usage: Any) -> None:
    raw = msgspec.json.encode(event(usage=usage))
    with pytest.raises(UNDECODABLE):
        decode_plain(raw)

    told, read = mended(raw)

    assert "usage" not in told and read.usage is None


@pytest.mark.parametrize("number", [b"NaN", b"-Infinity", b"1e999", b"9" * 5_000])
def test_a_number_that_is_none_breaks_no_answer(number: bytes) -> None:
    usage = {"prompt_tokens": "?", "completion_tokens": 2}
    raw = msgspec.json.encode(event(usage=usage)).replace(b'"?"', number)

    _, read = mended(raw)

    assert read.usage
    assert (read.usage.prompt_tokens, read.usage.completion_tokens) == (None, 2)


def test_a_choice_and_a_message_in_a_stream_are_read() -> None:
    choice = {"index": 0, "message": {"content": "Hi"}, "finish_reason": "stop"}

    told, read = mended({**HEAD, "choices": choice})

    assert told["choices"] == [
        {"index": 0, "finish_reason": "stop", "delta": {"content": "Hi"}}
    ]
    assert read.choices[0].delta and read.choices[0].delta.content == "Hi"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ([{"type": "text", "text": "a"}, "b", 1], "ab"),
        *((7, "7"), ({"x": 1}, ""), ({"text": "a"}, "a"), (False, "")),
    ],
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


def half(**delta: str) -> bytes:
    """An event with half a letter where `?` stands in its delta."""
    return msgspec.json.encode(event(delta)).replace(b"?", rb"\ud83d")


@pytest.mark.parametrize(
    "after",
    [
        {"choices": [{"index": 0, "finish_reason": "stop", "delta": {}}]},
        {"choices": [], "usage": {"prompt_tokens": 1}},
        event({"reasoning_content": "Hm"}),
        None,
    ],
)
def test_half_a_letter_whose_other_half_never_comes_is_told(after: Any) -> None:
    repair = Repair("asked")
    first = mended(half(content="a?"), repair)[1]

    found = (
        repair.mend(msgspec.json.encode({**HEAD, **after}), first)
        if after
        else repair.end(first)
    )

    assert found
    (choice,) = msgspec.json.decode(found[0])["choices"]
    assert choice["delta"]["content"] == "\ufffd"
    assert (found[1].id, found[1].model) == ("1", "glm-4.6")
    assert repair.end(first) is None


def test_half_a_letter_in_the_last_event_is_told_after_its_words() -> None:
    raw = msgspec.json.encode(event({"content": "a?"}, usage={"prompt_tokens": 1}))

    told, _ = mended(raw.replace(b"?", rb"\ud83d"))

    assert told["choices"][0]["delta"] == {"content": "a\ufffd"}


def test_half_a_thought_is_told_before_the_words() -> None:
    repair = Repair("asked")
    mended(half(reasoning_content="a?"), repair)

    told, _ = mended(event({"content": "b"}), repair)

    assert told["choices"][0]["delta"] == {
        "content": "b",
        "reasoning_content": "\ufffd",
    }


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


def test_an_id_is_one_calls_alone() -> None:
    pieces = [[{"index": n, **call(1, **f)}] for n, f in enumerate((F, G))]

    (one, _, _), (two, _, _) = put_together(*pieces)

    assert one == "call_1" and two not in ("", one)


def test_an_index_may_be_a_text() -> None:
    told = put_together(
        [{"index": "0", **call(1, name="f", arguments="")}],
        [{"index": "1", **call(2, name="g", arguments="")}],
        [{"index": "0", "function": {"arguments": '{"a":1}'}}],
        [{"index": "1", "function": {"arguments": '{"b":2}'}}],
    )

    assert told == [ONE, TWO]


@pytest.mark.parametrize(
    "pieces",
    [
        [{"index": 0, **call(1, **F)}, {"index": 0, **call(1, **F)}],
        [call(None, name="f"), call(None, name="f")],
        [{"index": 0, **call(None, **F)}, {"index": 0, **call(None, **F)}],
    ],
)
def test_each_call_of_a_whole_answer_is_one(pieces: Any) -> None:
    choice = {"finish_reason": "tool_calls", "message": {"tool_calls": pieces}}

    body, _ = Repair("asked").mend_whole(msgspec.json.encode({"choices": [choice]}))

    told = msgspec.json.decode(body)["choices"][0]["message"]["tool_calls"]
    assert [piece["index"] for piece in told] == [0, 1]
    assert [piece["function"]["name"] for piece in told] == ["f", "f"]
    assert len({piece["id"] for piece in told}) == 2


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


def test_a_whole_answer_tells_its_model_and_its_time() -> None:
    choice = {"index": 0, "finish_reason": "stop", "message": {"content": "Hi"}}
    raw = msgspec.json.encode({"model": 7, "created": "x", "choices": [choice]})

    told = msgspec.json.decode(Repair("asked").mend_whole(b"\xef\xbb\xbf" + raw)[0])

    assert told["model"] == "asked" and type(told["created"]) is int
