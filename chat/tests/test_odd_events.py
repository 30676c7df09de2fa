"""What gateways and models really send, at every door: it is told, and ends truly."""

from typing import Any

import httpx
import msgspec
import pytest

from chat.event import BROKEN
from chat.tests.scripted_zai import answering, scripted
from chat.tests.serving import Ended, Service, point_at, service_for
from chat.tests.waiting import SECONDS

HEAD: dict[str, Any] = {"id": "20261126", "created": 7, "model": "glm-4.6"}
SAID = {"role": "assistant", "content": "Word"}
USAGE = {"prompt_tokens": 3, "completion_tokens": 4}
ASKED = [{"role": "user", "content": "Hi"}]
PARTS = [{"role": "user", "parts": [{"type": "text", "text": "Hi"}]}]
DOORS = {
    "native": ("/api/chat", {"messages": ASKED}),
    "useChat": ("/api/chat", {"messages": PARTS, "trigger": "submit-message"}),
    "openai": ("/v1/chat/completions", {"messages": ASKED, "stream": True}),
    "responses": ("/v1/responses", {"input": "Hi", "stream": True}),
}
DONE = b"data: [DONE]\n\n"
# By which an answer is known to be whole.
WHOLE = (b"[DONE]", b"event: response.completed")


def event(delta: Any = None, reason: Any = None, **more: Any) -> bytes:
    choice: dict[str, Any] = {"index": 0, "delta": {} if delta is None else delta}
    if reason is not None:
        choice["finish_reason"] = reason
    return frame({**HEAD, "choices": [choice], **more})


def frame(fields: Any) -> bytes:
    return b"data: " + msgspec.json.encode(fields) + b"\n\n"


def answers(settings: Any, *parts: bytes) -> dict[str, tuple[bytes, Ended]]:
    """The answer at each door, and what the log says of its end."""
    with scripted(answering(*parts)) as url:
        point_at(settings, url)
        settings.ZAI_MAX_TRIES = 1
        with service_for() as service:
            return {name: _ask(service, *door) for name, door in DOORS.items()}


def _ask(service: Service, path: str, body: Any) -> tuple[bytes, Ended]:
    url = service.url + path
    answer = httpx.post(url, json=body, timeout=SECONDS, trust_env=False)
    return answer.content, service.ended()


def payloads_of(answer: bytes) -> list[bytes]:
    """What stands in its frames: no comments between them, and not the last one's."""
    frames = [one[6:] for one in answer.split(b"\n\n") if one.startswith(b"data: ")]
    return [payload for payload in frames if b"[DONE]" not in payload]


def is_whole(answer: bytes) -> bool:
    return any(sign in answer for sign in WHOLE)


NOTHING = [
    *(b"data: null\n\n", b"data:\n\n", b"data: []\n\n", b'data: ""\n\n'),
    *(frame({**HEAD, "choices": c}) for c in (None, [], [None])),
    frame({"id": "", "created": 0, "model": "", "choices": None, "usage": None}),
    frame({**HEAD, "choices": [{"index": 0, "delta": None}], "error": {}}),
]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_an_event_that_says_nothing_changes_nothing(settings: Any, place: int) -> None:
    events = [event(SAID), event(reason="stop", usage=USAGE)]
    events[place:place] = NOTHING

    for name, (answer, ended) in answers(settings, *events, DONE).items():
        assert b"Word" in answer and is_whole(answer), name
        assert (ended.finish_reason, ended.events) == ("stop", 2), name
        assert ended.ending == "completed", name
        if name != "responses":  # of which nulls are a part
            text = answer.decode().replace('"finish_reason":null', "")
            assert "null" not in text, name


@pytest.mark.parametrize("reason", ["", "null", *sorted(BROKEN), "eos_token"])
def test_a_word_that_is_no_end_ends_nothing(settings: Any, reason: str) -> None:
    events = [event(SAID), event(SAID, reason)]

    for name, (answer, ended) in answers(settings, *events).items():
        assert b"Word" in answer and not is_whole(answer), name
        assert b"error" in answer, name
        assert ended.ending == "upstream_failed", name


@pytest.mark.parametrize("last", [DONE, event(usage=USAGE)])
def test_a_word_nobody_knows_ends_an_answer_with_what_comes_last(
    settings: Any, last: bytes
) -> None:
    events = [event(SAID), event(reason="eos_token"), last]

    for name, (answer, ended) in answers(settings, *events).items():
        assert is_whole(answer), name
        assert (ended.ending, ended.finish_reason) == ("completed", "eos_token"), name


def test_what_follows_an_early_reason_is_handed_on(settings: Any) -> None:
    calls = [
        {"index": n, "id": f"call_{n}", "function": {"name": "f", "arguments": "{}"}}
        for n in range(2)
    ]
    events = [event({"tool_calls": [call]}, "tool_calls") for call in calls]
    events.append(event(reason="tool_calls", usage=USAGE))

    told = answers(settings, *events, DONE)

    for name, (answer, ended) in told.items():
        assert b"call_0" in answer and b"call_1" in answer, name
        assert (ended.prompt_tokens, ended.completion_tokens) == (3, 4), name
    answer, _ = told["openai"]
    assert answer.count(b'"finish_reason":"tool_calls"') == 1
    assert answer.rstrip().endswith(b"data: [DONE]")


@pytest.mark.parametrize("reason", ["", "null", "None", "ABORT"])
def test_not_even_with_what_comes_last(settings: Any, reason: str) -> None:
    events = [event(SAID), event(SAID, reason, usage=USAGE)]

    for name, (answer, ended) in answers(settings, *events, DONE).items():
        assert not is_whole(answer) and b"broke off" in answer, name
        assert ended.ending == "upstream_failed", name


def test_half_a_letter_at_the_end_is_told(settings: Any) -> None:
    last = event({"content": "?"}).replace(b"?", rb"\ud83d")
    events = [event(SAID), event(reason="stop"), last]

    for name, (answer, ended) in answers(settings, *events, DONE).items():
        assert "\ufffd".encode() in answer and is_whole(answer), name
        assert ended.ending == "completed", name


@pytest.mark.parametrize("begun", [False, True])
def test_half_a_letter_in_an_error_hides_nothing(settings: Any, begun: bool) -> None:
    fields = {"error": {"code": "13?", "message": "Busy ?"}}
    events = [event(SAID)] * begun + [frame(fields).replace(b"?", rb"\ud83d")]

    for name, (answer, ended) in answers(settings, *events).items():
        assert "Busy \ufffd".encode() in answer, name
        assert "13\ufffd" in ended.line, name


def test_calls_of_one_id_stay_two_at_each_door(settings: Any) -> None:
    calls = [
        {"index": n, "id": "call_0", "function": {"name": name, "arguments": "{}"}}
        for n, name in enumerate("fg")
    ]
    events = [event({"tool_calls": [call]}) for call in calls]
    events.append(event(reason="tool_calls", usage=USAGE))

    told = answers(settings, *events, DONE)

    answer, _ = told["useChat"]
    chunks = map(msgspec.json.decode, payloads_of(answer))
    whole = [chunk for chunk in chunks if chunk["type"] == "tool-input-available"]
    assert [chunk["toolName"] for chunk in whole] == ["f", "g"]
    assert len({chunk["toolCallId"] for chunk in whole}) == 2


def test_an_error_in_any_shape_breaks_the_answer_off(settings: Any) -> None:
    odd = frame({"code": 1302, "msg": "Rate limit reached", "success": False})

    for name, (answer, ended) in answers(settings, event(SAID), odd).items():
        assert b"Rate limit reached" in answer and not is_whole(answer), name
        assert ended.ending == "upstream_failed" and "1302" in ended.line, name


def test_only_the_roles_of_deltas_are_taken_out(settings: Any) -> None:
    told = [{"role": "assistant", "level": 1}]
    events = [event(SAID), event(SAID, content_filter=told), event(reason="sensitive")]

    answer, _ = answers(settings, *events, DONE)["openai"]

    assert b'"content_filter":[{"role":"assistant","level":1}]' in answer
    assert answer.count(b'"role"') == 2  # that, and the first delta's


def test_every_event_has_what_callers_rely_on(settings: Any) -> None:
    bare = frame({"choices": [{"delta": {"content": "Word"}}]})
    events = [bare, event(SAID), frame({"usage": USAGE}), event(reason="stop")]

    answer, _ = answers(settings, *events, DONE)["native"]

    for fields in map(msgspec.json.decode, payloads_of(answer)):
        assert fields["model"] == "glm-4.6" and fields["created"]
        assert fields["choices"][0]["delta"] is not None


def test_half_an_emoji_of_a_caller_is_a_sign_of_its_own(
    service: Service, settings: Any
) -> None:
    raw = rb'{"stream":false,"messages":[{"role":"user","content":"sim:echo \ud83d"}]}'
    head = {"Content-Type": "application/json"}
    url = f"{service.url}/api/chat"

    answer = httpx.post(url, content=raw, headers=head, trust_env=False)

    assert answer.status_code == 200
    assert "�" in answer.json()["choices"][0]["message"]["content"]
