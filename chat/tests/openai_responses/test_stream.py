"""The events of a streamed response, in their order."""

from typing import Any

import httpx
import openai
import pytest
from openai import OpenAI

from chat.exchange.register import open_exchanges
from chat.tests.openai_responses.asking import (
    MODEL,
    WEATHER,
    Asking,
    read_events,
    text_of,
)
from chat.tests.openai_responses.order import check, kinds
from chat.tests.openai_responses.playing import playing
from chat.tests.waiting import SECONDS

pytestmark = pytest.mark.django_db(transaction=True)

THOUGHTS = [
    "output_item.added",
    "reasoning_summary_part.added",
    "reasoning_summary_text.delta",
    "reasoning_summary_text.done",
    "reasoning_summary_part.done",
    "output_item.done",
]
WORDS = [
    "output_item.added",
    "content_part.added",
    "output_text.delta",
    "output_text.done",
    "content_part.done",
    "output_item.done",
]


def test_thoughts_and_words_come_in_order(post: Asking) -> None:
    events = post.stream("Write a poem")
    streamed, whole = check(events), post("Write a poem").json()

    assert kinds(events) == ["created", "in_progress", *THOUGHTS, *WORDS, "completed"]
    assert [i["type"] for i in streamed["output"]] == ["reasoning", "message"]
    assert text_of(streamed) == text_of(whole)
    assert streamed["output"][0]["summary"] == whole["output"][0]["summary"]
    assert streamed["usage"]["total_tokens"] == whole["usage"]["total_tokens"]


@pytest.mark.parametrize("tool_stream", [None, False])
def test_calls_are_opened_filled_and_closed(
    post: Asking, tool_stream: bool | None
) -> None:
    asked = {} if tool_stream is None else {"tool_stream": tool_stream}
    question = "What is the weather in Paris and in Rome?"
    events = post.stream(question, tools=[WEATHER], **asked)
    output = check(events)["output"]

    calls = [item for item in output if item["type"] == "function_call"]
    assert calls and all(call["status"] == "completed" for call in calls)
    assert calls[0]["arguments"] == '{"city":"Paris"}'
    deltas = [e for e in events if e["type"].endswith("arguments.delta")]
    assert (len(deltas) > len(calls)) is (tool_stream is None)


@pytest.mark.parametrize(
    ("scenario", "asked", "reason"),
    [
        ("Write a poem", {"max_output_tokens": 300}, "max_output_tokens"),
        ("Write a poem", {"max_output_tokens": 3}, "max_output_tokens"),
        ("sim:sensitive", {}, "content_filter"),
    ],
)
def test_what_is_not_all_is_incomplete(
    post: Asking, scenario: str, asked: Any, reason: str
) -> None:
    events = post.stream(f"{scenario} sim:words=900", **asked)
    response = check(events)
    assert response["status"] == "incomplete"
    assert response["incomplete_details"] == {"reason": reason}
    if message := [i for i in response["output"] if i["type"] == "message"]:
        assert message[0]["status"] == "incomplete"


@pytest.mark.parametrize("scenario", ["sim:cut=3 sim:events=9", "sim:network-error"])
def test_what_broke_off_has_failed(post: Asking, client: OpenAI, scenario: str) -> None:
    events = post.stream(scenario)
    response = check(events)
    assert [e["type"] for e in events[-2:]] == ["error", "response.failed"]
    assert (response["status"], response["error"]["code"]) == (
        "failed",
        "server_error",
    )
    assert response["output"] and events[-2]["code"]

    heard = []
    with pytest.raises(openai.APIError, match=r"Z\.AI"):
        for event in client.responses.create(model=MODEL, input=scenario, stream=True):
            heard.append(event.type)
    assert "response.output_item.added" in heard


def test_the_helper_of_openais_client_follows(client: OpenAI) -> None:
    with client.responses.stream(
        model=MODEL, input="What is the weather in Paris?", tools=[WEATHER]
    ) as stream:
        texts = [e.delta for e in stream if e.type == "response.output_text.delta"]
        answer = stream.get_final_response()
    assert answer.output_text == "".join(texts)
    [call] = [i for i in answer.output if i.type == "function_call"]
    assert call.parsed_arguments is None or call.parsed_arguments == {"city": "Paris"}


def test_calls_that_are_written_by_turns(post: Asking, settings: Any) -> None:
    def call(index: int, arguments: str, **more: Any) -> Any:
        function = {"arguments": arguments, **more.pop("function", {})}
        return {"tool_calls": [{"index": index, "function": function, **more}]}

    deltas = [
        {"content": "\n"},
        {"reasoning_content": "Two."},
        {"content": "Well."},
        call(0, "", id="a", function={"name": "one"}),
        call(0, '{"a":'),
        call(1, '{"b":', id="b", function={"name": "two"}),
        call(0, "1}"),
        call(1, "2}"),
    ]
    with playing(settings, *deltas, finish_reason="tool_calls"):
        response = check(post.stream())

    thoughts, message, one, two = response["output"]
    assert (thoughts["type"], text_of(response)) == ("reasoning", "\nWell.")
    assert (one["name"], one["arguments"], one["call_id"]) == ("one", '{"a":1}', "a")
    assert (two["name"], two["arguments"], two["call_id"]) == ("two", '{"b":2}', "b")


def test_words_thoughts_and_words_again(post: Asking, settings: Any) -> None:
    deltas = [{"content": "One."}, {"reasoning_content": "Hm."}, {"content": "Two."}]
    with playing(settings, *deltas):
        output = check(post.stream())["output"]
    assert [item["id"].partition("_")[0] for item in output] == ["msg", "rs", "msg"]
    assert [item["id"][-2:] for item in output] == ["_0", "_0", "_1"]


def test_an_answer_without_a_word_is_whole(post: Asking, settings: Any) -> None:
    with playing(settings, {"content": " "}):
        response = check(post.stream())
    assert (response["status"], response["output"]) == ("completed", [])
    assert response["usage"] is None


def test_events_have_nothing_from_zai_that_is_not_theirs(post: Asking) -> None:
    body = post("Hello", stream=True).content
    assert b"[DONE]" not in body
    assert b"choices" not in body


def test_json_that_breaks_off_is_told_as_far_as_it_came(
    post: Asking, settings: Any
) -> None:
    asked = {"text": {"format": {"type": "json_object"}}}
    with playing(settings, {"content": "``"}, finish_reason="network_error"):
        response = check(post.stream(**asked))
    assert (response["status"], text_of(response)) == ("failed", "``")


def test_an_operator_stops_it(post: Asking) -> None:
    url = f"{post.service.url}/v1/responses"
    asked = {"input": "sim:trickle=0.05 sim:events=200", "stream": True}
    with (
        httpx.Client(timeout=SECONDS, trust_env=False) as client,
        client.stream("POST", url, json=asked) as answer,
    ):
        pieces = answer.iter_raw()
        body = next(pieces)
        open_exchanges.stop([answer.headers["x-request-id"]])
        body += b"".join(pieces)
    response = check(read_events(body))
    assert response["status"] == "failed" and "stopped" in response["error"]["message"]
    assert post.service.ended().ending == "stopped"
