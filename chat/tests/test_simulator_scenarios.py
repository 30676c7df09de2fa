"""Every failure the simulator can play, over real HTTP."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import httpx
import msgspec
import pytest

from chat.simulator import Options, create_app
from chat.simulator.chosen import chosen_in, without_words
from chat.simulator.faults import STATUS
from chat.simulator.scenarios import SCENARIOS, TABLE

from .samples import these
from .test_simulator import Caller, calling, events, said, shape

pytestmark = pytest.mark.once

OFF = {"thinking": {"type": "disabled"}}
LOST = (httpx.RemoteProtocolError, httpx.ReadError)


@pytest.fixture(scope="module")
def z() -> Iterator[Caller]:
    with calling() as caller:
        yield caller


@pytest.fixture(autouse=True)
def _forget(z: Caller) -> None:
    z.zai.reset()


def received(z: Caller, text: str) -> bytes:
    """What came of a stream before its connection was lost."""
    body = b""
    asked = z.body(text, stream=True, **OFF)
    with pytest.raises(LOST), z.http.stream("POST", z.url, json=asked) as response:
        for data in response.iter_raw():
            body += data
    return body


def test_words_are_read_out_of_a_message() -> None:
    chosen = chosen_in("Please `sim:slow=2.5`, and SIM:cut=12. Not presim:cut=1!")

    assert chosen.number("slow") == 2.5
    assert chosen.values["cut"].count == 12
    assert chosen.mistakes == []


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("sim:error=1113", "1113", None),
        ("sim:error=1113:503", "1113", 503),
        ("sim:stall=3@7", "3", 7),
        ("sim:stall", "30", 5),
    ],
)
def test_a_value_may_have_two_parts(text: str, first: str, second: int | None) -> None:
    (value,) = chosen_in(text).values.values()

    assert (value.first, value.second) == (first, second)


def test_a_message_reads_without_its_words() -> None:
    assert without_words("sim:cut=3 Hello sim:slow") == "Hello"


@pytest.mark.parametrize("scenario", TABLE, ids=lambda scenario: scenario.name)
def test_every_row_has_a_default_that_fits(scenario: object) -> None:
    assert chosen_in(f"sim:{scenario.name}").mistakes == []
    assert scenario.sentence.endswith(".")


@pytest.mark.parametrize("text", ["sim:nonsense", "sim:cut=soon", "sim:html=999"])
def test_a_word_that_is_none_is_answered_with_the_table(z: Caller, text: str) -> None:
    content = z.message(text)["content"]

    assert text.partition("=")[0] in content
    assert all(scenario.usage in content for scenario in TABLE)


def test_an_option_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        create_app(Options(scenarios=["nonsense=1"]))


def test_a_scenario_can_be_for_all_requests() -> None:
    with calling(Options(speed=0, scenarios=["error=1305"])) as z:
        assert z.ask().json()["error"]["code"] == "1305"
        assert z.ask("sim:error=1113").json()["error"]["code"] == "1113"


@pytest.mark.parametrize("code", STATUS)
def test_every_code_comes_with_its_status(z: Caller, code: str) -> None:
    response = z.ask(f"sim:error={code}")

    assert response.status_code == STATUS[code]
    error = response.json()["error"]
    assert error["code"] == code
    assert "{" not in error["message"]


def test_a_code_nobody_knows_comes_with_the_status_given(z: Caller) -> None:
    response = z.ask("sim:error=4711:418")

    assert (response.status_code, response.json()["error"]["code"]) == (418, "4711")


@pytest.mark.parametrize("path", these("errors.json", "error_bodies.json"))
def test_errors_have_the_recorded_bodies(z: Caller, path: Path) -> None:
    known = msgspec.json.decode(path.read_bytes())
    bodies = [row["body"] for row in known]

    for body in bodies:
        if isinstance(error := body.get("error"), dict):
            assert shape(z.ask(f"sim:error={error['code']}").json()) == shape(body)


def test_a_limit_is_reset_in_the_future(z: Caller) -> None:
    message = z.ask("sim:error=1308 sim:reset-in=120").json()["error"]["message"]

    beijing = timezone(timedelta(hours=8))
    reset = datetime.strptime(message[-19:], "%Y-%m-%d %H:%M:%S")
    ahead = reset.replace(tzinfo=beijing) - datetime.now(UTC)
    assert 100 < ahead.total_seconds() <= 120


def test_a_limit_that_names_no_time_can_be_told_to(z: Caller) -> None:
    assert "reset" not in z.ask("sim:error=1304").json()["error"]["message"]
    message = z.ask("sim:error=1313 sim:reset-in=120").json()["error"]["message"]
    assert ". Your limit will reset at 20" in message


def test_retry_after_is_only_sent_when_asked_for(z: Caller) -> None:
    assert "retry-after" not in z.ask("sim:error=1302").headers
    assert z.ask("sim:error=1302 sim:retry-after=7").headers["retry-after"] == "7"


def test_error_once_counts_the_tries_of_a_request(z: Caller) -> None:
    ids = ["req_counted", "req_counted-2", "req_counted-3", "req_another"]

    statuses = [
        z.ask("sim:error-once=1305:2", request_id=id_).status_code for id_ in ids
    ]

    assert statuses == [429, 429, 200, 429]


def test_once_plays_a_scenario_for_the_first_try(z: Caller) -> None:
    with pytest.raises(LOST):
        z.ask("sim:once sim:cut-before", request_id="req_cut_once")

    assert z.ask("sim:once sim:cut-before", request_id="req_cut_once-2").is_success


def test_busy_refuses_everybody_until_it_is_over(z: Caller) -> None:
    assert z.ask("sim:busy=60").status_code == 429
    assert z.ask("Hello").json()["error"]["code"] == "1302"
    assert z.ask("sim:busy=0").status_code == 200
    assert z.ask("Hello").status_code == 200


def test_an_error_in_the_stream(z: Caller) -> None:
    *before, error = z.stream("sim:stream-error=1234@3", **OFF)

    assert len(before) == 3
    assert list(error) == ["error"]
    assert error["error"]["code"] == "1234"


def test_an_error_as_the_first_event(z: Caller) -> None:
    response = z.ask("sim:stream-error=1305", stream=True)

    assert response.status_code == 200
    assert [list(event) for event in events(response.content)] == [["error"]]


def test_an_error_in_the_stream_may_have_a_name(z: Caller) -> None:
    body = z.ask("sim:stream-error-event=1302@1", stream=True).content

    frame = body.split(b"\n\n")[1]
    assert frame.startswith(b"event: error\ndata: {")
    assert b'"request_id":"' in frame


def test_an_error_that_looks_like_a_stream(z: Caller) -> None:
    response = z.ask("sim:json-error=1305", stream=True)

    assert response.status_code == 200
    assert response.headers["content-type"] == "text/event-stream;charset=UTF-8"
    assert response.json()["error"]["code"] == "1305"


@pytest.mark.parametrize(("text", "status"), [("sim:html", 200), ("sim:html=405", 405)])
def test_a_block_page(z: Caller, text: str, status: int) -> None:
    response = z.ask(text, stream=True)

    assert response.status_code == status
    assert response.text.startswith("<!doctype html>")


@pytest.mark.parametrize("word", ["cut", "reset"])
@pytest.mark.parametrize("count", [0, 1, 12])
def test_the_connection_is_lost_after_so_many_events(
    z: Caller, word: str, count: int
) -> None:
    assert len(events(received(z, f"sim:{word}={count}"))) == count


def test_the_connection_is_lost_before_the_headers(z: Caller) -> None:
    with pytest.raises(LOST):
        z.ask("sim:cut-before")

    assert [r["how"] for r in z.zai.state()["requests"]] == ["failed"]


def test_a_whole_answer_is_cut_in_its_middle(z: Caller) -> None:
    with pytest.raises(LOST):
        z.ask("sim:cut")


def test_done_may_be_missing(z: Caller) -> None:
    body = z.ask("sim:no-done", stream=True).content

    assert b"[DONE]" not in body
    assert b'"finish_reason":"stop"' in body


def test_the_finish_reason_may_be_missing(z: Caller) -> None:
    body = z.ask("sim:no-finish=4", stream=True).content

    assert len(events(body)) == 4
    assert b"finish_reason" not in body
    assert body.endswith(b"data: [DONE]\n\n")


def test_the_last_blank_line_may_be_missing(z: Caller) -> None:
    assert z.ask("sim:no-blank-line", stream=True).content.endswith(b"}}}")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("sim:slow-headers=0.2", 0.2),
        ("sim:slow=0.2", 0.2),
        ("sim:stall=0.2@2", 0.2),
        ("sim:hold-open=0.2", 0.2),
        ("sim:trickle=0.05 sim:events=5", 0.2),
        ("sim:rate=20 sim:events=5", 0.2),
        ("sim:think=0.2", 0.18),
        ("sim:takes=0.2 sim:events=5", 0.2),
        ("sim:takes=0.2 sim:think=9", 0.2),
    ],
)
def test_times_are_true_whatever_the_speed(
    z: Caller, text: str, seconds: float
) -> None:
    before = time.monotonic()
    z.ask(text, stream=True)
    took = time.monotonic() - before

    assert seconds <= took < seconds + 10


def test_a_pace_is_exact_on_average(z: Caller) -> None:
    before = time.monotonic()
    z.ask("sim:rate=333 sim:events=333", stream=True)

    assert time.monotonic() - before == pytest.approx(1.0, abs=0.3)


def test_a_flood_has_no_pace() -> None:
    with calling(Options(speed=0.001)) as z:
        assert len(z.stream("sim:flood sim:events=5000")) == 5001


def test_a_malformed_frame(z: Caller) -> None:
    frames = z.ask("sim:malformed=2", stream=True).content.split(b"\n\n")

    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(frames[2].removeprefix(b"data: "))
    assert frames[-2] == b"data: [DONE]"


@pytest.mark.parametrize("count", [0, 3])
def test_a_glued_frame_begins_another_attempt(z: Caller, count: int) -> None:
    body = z.ask(f"sim:glued={count}", stream=True).content

    frames = body.split(b"\n\n")
    cut, new = frames[count].split(b"data: ")[1:]
    assert cut.endswith(b'"delta":{"role":"a') or cut.endswith(b'"role":"assistant"')
    again = msgspec.json.decode(new)
    first = msgspec.json.decode(cut[: cut.index(b',"object"')] + b"}")
    assert again["id"] != first["id"]
    assert again["created"] > first["created"] + 60
    assert frames[-2] == b"data: [DONE]"


def test_lines_that_are_no_data(z: Caller) -> None:
    body = z.ask("sim:bare-lines", stream=True).content

    assert b"\n\n: keep-alive\n\n" in body
    assert b'\n\n"location": "Paris"\n\n' in body


def test_lines_may_end_with_crlf(z: Caller) -> None:
    body = z.ask("sim:crlf", stream=True).content

    assert body.count(b"\n") == body.count(b"\r\n")
    assert body.endswith(b"data: [DONE]\r\n\r\n")


def test_text_may_have_every_kind_of_line_separator(z: Caller) -> None:
    body = z.ask("sim:unicode", stream=True, **OFF).content

    assert all(sign.encode() in body for sign in "\u2028\u2029\u0085🧵ش")


def test_a_frame_may_not_be_utf8(z: Caller) -> None:
    with pytest.raises(UnicodeDecodeError):
        z.ask("sim:bad-utf8=1", stream=True).content.decode()


def test_one_event_may_be_big(z: Caller) -> None:
    longest = max(map(len, z.ask("sim:big=100", stream=True).content.split(b"\n\n")))

    assert longest > 100 * 1024


def test_an_answer_has_the_events_asked_for(z: Caller) -> None:
    stream = z.stream("sim:events=250", max_tokens=5)

    assert len(stream) == 251
    assert said(stream, "reasoning_content") == ""


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("sensitive", "sensitive"),
        ("length", "length"),
        ("network-error", "network_error"),
        ("context-exceeded", "model_context_window_exceeded"),
    ],
)
def test_an_answer_may_break_off(z: Caller, word: str, reason: str) -> None:
    *before, final = z.stream(f"sim:{word} Tell me a story", **OFF)

    assert final["choices"][0]["finish_reason"] == reason
    assert said(before)
    assert z.ask(f"sim:{word}").json()["choices"][0]["finish_reason"] == reason


def test_a_sensitive_answer_names_its_filter(z: Caller) -> None:
    final = z.stream("sim:sensitive")[-1]

    assert final["content_filter"] == [{"role": "assistant", "level": 1}]
    assert "usage" not in final


def test_all_tokens_may_go_into_reasoning(z: Caller) -> None:
    stream = z.stream("sim:empty")

    assert said(stream) == ""
    assert said(stream, "reasoning_content")


def test_echo_shows_the_request(z: Caller) -> None:
    content = z.message("sim:echo", user_id="somebody")["content"]

    shown = content.removeprefix("```json\n").removesuffix("\n```")
    assert msgspec.json.decode(shown) == z.body("sim:echo", user_id="somebody")


def test_the_table_can_be_fetched(z: Caller) -> None:
    rows = z.http.get(f"{z.zai.url}/_simulator/scenarios").json()

    assert [row["name"] for row in rows] == list(SCENARIOS)
    assert rows[0].keys() == {"name", "value", "default", "sentence", "usage"}


def test_another_model_may_answer(z: Caller) -> None:
    assert z.ask("sim:other-model").json()["model"] == "glm-5.3"
    stream = z.stream("sim:other-model=glm-4.5-air Hello")
    assert {event["model"] for event in stream} == {"glm-4.5-air"}


def test_a_retired_model_is_answered_for_by_another(z: Caller) -> None:
    assert z.ask(model="glm-4.5-flash").json()["model"] == "glm-4.7-flash"


def test_the_coding_endpoint_answers_with_a_newer_model(z: Caller) -> None:
    url = z.url.replace("/api/paas", "/api/coding/paas")
    body = z.body(model="glm-5.2")
    assert z.http.post(url, json=body).json()["model"] == "glm-5.3"
    assert z.ask(model="glm-5.2").json()["model"] == "glm-5.2"


def test_names_of_tools_may_be_damaged(z: Caller) -> None:
    weather = {"type": "function", "function": {"name": "weather"}}
    [call] = z.message("sim:broken-names Hello", tools=[weather])["tool_calls"]
    assert call["function"]["name"] == "weather</arg_value>"
    other = {"type": "function", "function": {"name": "other"}}
    stream = z.stream("sim:broken-names sim:tools=2", tools=[weather, other])
    names = [
        call["function"]["name"]
        for event in stream
        for call in event["choices"][0]["delta"].get("tool_calls") or ()
    ]
    assert names == ["weather</arg_value>", "<tool_call>other"]
