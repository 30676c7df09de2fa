"""Whole answers of `/v1/responses`, and refusals, with OpenAI's client."""

import os
import subprocess
import sys
from typing import Any

import httpx
import openai
import pytest
from msgspec.json import encode
from openai import OpenAI

from chat.tests.openai_responses.asking import MODEL, WEATHER, Asking, said
from chat.tests.scripted_zai import answering, scripted
from chat.tests.serving import Service, point_at
from chat.tests.test_readme import snippet

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_answer_has_thoughts_words_and_figures(client: OpenAI) -> None:
    answer = client.responses.create(model=MODEL, input="Hello")

    reasoning, message = answer.output
    assert (reasoning.type, message.type) == ("reasoning", "message")
    assert reasoning.summary[0].text and answer.output_text
    assert (answer.status, answer.object, answer.model) == (
        "completed",
        "response",
        MODEL,
    )
    usage = answer.usage
    assert usage and usage.total_tokens == usage.input_tokens + usage.output_tokens > 0
    assert usage.output_tokens_details.reasoning_tokens > 0
    assert answer.id == f"resp_{(answer._request_id or '').removeprefix('req_')}"


def test_a_tool_is_called_and_its_output_taken(client: OpenAI) -> None:
    asked: list[Any] = [said("What is the weather in Paris?")]
    tools: Any = [WEATHER]
    answer = client.responses.create(model=MODEL, input=asked, tools=tools)
    [call] = [item for item in answer.output if item.type == "function_call"]
    assert (call.name, call.arguments) == ("get_weather", '{"city":"Paris"}')

    output = {
        "type": "function_call_output",
        "call_id": call.call_id,
        "output": "It rains.",
    }
    again = client.responses.create(
        model=MODEL, input=[*asked, *answer.output, output], tools=tools
    )
    assert again.output_text.endswith("It rains.")


def test_an_answer_that_is_cut_off_is_incomplete(client: OpenAI) -> None:
    answer = client.responses.create(
        model=MODEL, input="Write a poem", max_output_tokens=3
    )
    assert answer.status == "incomplete"
    assert answer.incomplete_details
    assert answer.incomplete_details.reason == "max_output_tokens"
    assert answer.max_output_tokens == 3


def test_a_filtered_answer_says_so(client: OpenAI) -> None:
    answer = client.responses.create(model=MODEL, input="sim:sensitive")
    assert answer.incomplete_details
    assert answer.incomplete_details.reason == "content_filter"


def test_what_was_given_is_repeated(post: Asking) -> None:
    answer = post(
        metadata={"ticket": "4711"},
        temperature=0.3,
        top_p=0.9,
        reasoning={"effort": "low", "summary": "auto"},
        parallel_tool_calls=False,
        user="somebody",
        store=False,
    ).json()

    assert answer["metadata"] == {"ticket": "4711"}
    assert (answer["temperature"], answer["top_p"]) == (0.3, 0.9)
    assert answer["reasoning"] == {"effort": "low", "summary": "auto"}
    assert answer["parallel_tool_calls"] is answer["store"] is False
    assert answer["user"] == "somebody"


@pytest.mark.parametrize(
    ("scenario", "kind", "code"),
    [
        ("sim:error=1210", openai.BadRequestError, "1210"),
        ("sim:error=1261", openai.BadRequestError, "context_length_exceeded"),
        ("sim:error=1305", openai.RateLimitError, "1305"),
        ("sim:error=1113", openai.InternalServerError, "1113"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_an_error_before_the_answer_has_its_status(
    client: OpenAI, scenario: str, kind: Any, code: str, stream: bool
) -> None:
    with pytest.raises(kind) as raised:
        client.responses.create(model=MODEL, input=scenario, stream=stream)
    assert raised.value.code == code


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("previous_response_id", "resp_1"),
        ("conversation", "conv_1"),
        ("conversation", {"id": "conv_1"}),
        ("background", True),
        ("prompt", {"id": "pmpt_1"}),
        ("tool_choice", {"type": "web_search"}),
        ("tool_choice", "sometimes"),
        ("input", None),
        ("input", ""),
        ("input", []),
        ("input", [{"type": "reasoning", "summary": []}]),
    ],
)
def test_what_there_is_not_is_refused_by_its_name(
    post: Asking, field: str, value: Any
) -> None:
    refused = post(**{field: value})
    assert refused.status_code == 400
    error = refused.json()["error"]
    assert error["param"] == field
    assert error["message"].startswith(f"{field}: ")


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        ({"tools": [{"type": "web_search"}]}, "tools[0].type"),
        ({"tools": [WEATHER, {"type": "function"}]}, "tools[1].name"),
        (
            {"tools": [{"type": "function", "function": {"name": "a"}}]},
            "tools[0].name",
        ),
        ({"input": [{"type": "computer_call"}]}, "input[0].type"),
        ({"input": [{"type": "message", "content": "a"}]}, "input[0].role"),
        ({"input": [{"role": "user"}]}, "input[0].content"),
        (
            {"input": [said("a"), {"type": "function_call", "name": "a"}]},
            "input[1].call_id",
        ),
        (
            {"input": [{"type": "function_call_output", "call_id": "a"}]},
            "input[0].output",
        ),
        (
            {"input": [{"role": "user", "content": [{"type": "input_audio"}]}]},
            "input[0].content[0].type",
        ),
        (
            {
                "input": [
                    {
                        "role": "user",
                        "content": [{"type": "input_image", "file_id": "a"}],
                    }
                ]
            },
            "input[0].content[0].image_url",
        ),
        (
            {"text": {"format": {"type": "json_schema", "name": "a", "schema": 1}}},
            "text.format.schema",
        ),
        ({"temperature": 3}, "temperature"),
        ({"max_output_tokens": 0}, "max_output_tokens"),
    ],
)
def test_what_is_wrong_is_named(post: Asking, asked: Any, param: str) -> None:
    refused = post(**asked)
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, param)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_response_cannot_be_had_again(post: Asking, method: str) -> None:
    path = f"{post.service.url}/v1/responses/resp_1"
    refused = httpx.request(method, path, trust_env=False)
    assert refused.status_code == 404
    assert "input" in refused.json()["error"]["message"]


def test_white_space_is_no_message(post: Asking, settings: Any) -> None:
    choice = {
        "index": 0,
        "finish_reason": "stop",
        "message": {"role": "assistant", "content": "\n", "reasoning_content": "Hm."},
    }
    body = encode({"choices": [choice], "model": MODEL, "created": 1})
    with scripted(answering(body, kind="application/json")) as url:
        point_at(settings, url)
        answer = post().json()
    assert [item["type"] for item in answer["output"]] == ["reasoning"]
    assert answer["usage"] is None


def test_the_example_in_the_docs(service: Service) -> None:
    code = snippet("responses").replace("http://127.0.0.1:8000", service.url)
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "NO_PROXY": "*"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "Hello" in done.stdout
