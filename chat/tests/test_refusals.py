"""All wrong fields of a body are named at every door; `param` is the first of them."""

from typing import Any

import httpx
import msgspec
import pytest

from chat.failures import Refused
from chat.protocols.dialects import NATIVE, OPENAI
from chat.protocols.ui_messages import UIMessages
from chat.tests.serving import Service

DIALECTS = {"native": NATIVE, "openai": OPENAI, "ui": UIMessages()}
ASKED = {"role": "user", "content": "Hello"}
PARTS = {"role": "user", "parts": [{"type": "text", "text": "Hello"}]}
TOOL = {"type": "function", "function": {"name": "add", "parameters": {}}}
NOBODY = {"type": "function", "function": {"name": "nobody"}}


def refusal(name: str, body: dict[str, Any]) -> Refused:
    usual = {"messages": [PARTS if name == "ui" else ASKED]}
    with pytest.raises(Refused) as caught:
        DIALECTS[name].read(msgspec.json.encode({**usual, **body}))
    return caught.value


def named(refused: Refused) -> list[str]:
    return [words.partition(": ")[0] for words in refused.message.split(". ")]


EVERYWHERE: list[tuple[dict[str, Any], list[str]]] = [
    ({"temperature": 9, "top_p": "x"}, ["temperature", "top_p"]),
    ({"max_tokens": 0, "seed": 2**63}, ["max_tokens", "seed"]),
    ({"stop": ["a"] * 5, "user_id": "me"}, ["stop", "user_id"]),
    ({"stop": [1, "a", 2]}, ["stop[0]", "stop[2]"]),
    ({"tools": [5, TOOL, 6]}, ["tools[0]", "tools[2]"]),
    ({"tools": [5] + [TOOL] * 128}, ["tools", "tools[0]"]),
    ({"tools": "x", "tool_choice": 5}, ["tools", "tool_choice"]),
    ({"tool_choice": "required", "stream": 1}, ["stream", "tool_choice"]),
    (
        {"tools": [TOOL], "tool_choice": NOBODY, "model": "x" * 101},
        ["model", "tool_choice"],
    ),
    (
        {"thinking": {"type": "perhaps", "clear_thinking": "no"}},
        ["thinking.type", "thinking.clear_thinking"],
    ),
    (
        {"thinking": 5, "reasoning_effort": "huge", "reasoning": {"effort": 5}},
        ["thinking", "reasoning_effort", "reasoning.effort"],
    ),
    ({"response_format": 5, "store": "no"}, ["response_format", "store"]),
    (
        {"response_format": {"type": "xml"}, "meta": {"bot_name": 1, "user_name": 2}},
        ["response_format.type", "meta.bot_name", "meta.user_name"],
    ),
]


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize(("body", "places"), EVERYWHERE)
def test_wrong_parameters_are_all_named(
    name: str, body: dict[str, Any], places: list[str]
) -> None:
    refused = refusal(name, body)
    if name == "openai" and "temperature" in body:
        assert "temperature: expected a number <= 2.0" in refused.message
    assert named(refused) == places
    assert refused.param == places[0]


def of_parts(*parts: Any) -> dict[str, Any]:
    return {"role": "user", "content": [*parts]}


IN_MESSAGES: list[tuple[list[Any], list[str]]] = [
    (
        [of_parts({"type": "text"}, {}), of_parts({"type": "image_url"})],
        [
            "messages[0].content[0].text",
            "messages[0].content[1].type",
            "messages[1].content[0].image_url.url",
        ],
    ),
    (
        [5, {"role": "pope"}, of_parts({"type": "text"}, 5)],
        [
            "messages[0]",
            "messages[1].role",
            "messages[2].content[1]",
            "messages[2].content[0].text",
        ],
    ),
    (
        [{"role": "assistant", "tool_calls": [5, {"id": 5}]}, {"content": {}}],
        [
            "messages[0].tool_calls[0]",
            "messages[0].tool_calls[1].id",
            "messages[1].content",
        ],
    ),
    ([of_parts({"type": "text"}), *[ASKED] * 2000], ["messages", "messages[0].con"]),
    ([of_parts(*[{"type": "text", "text": "a"}] * 101)], ["messages[0].content"]),
]


@pytest.mark.parametrize("name", ["native", "openai"])
@pytest.mark.parametrize(("messages", "places"), IN_MESSAGES)
def test_wrong_messages_are_all_named(
    name: str, messages: list[Any], places: list[str]
) -> None:
    refused = refusal(name, {"messages": messages})
    assert refused.param == places[0]
    for found, place in zip(named(refused), places, strict=True):
        assert found.startswith(place)


UI_MESSAGES: list[tuple[list[Any], list[str]]] = [
    (
        [{"role": "user", "parts": [{"type": "file"}, {"type": "text", "text": 5}]}],
        ["messages[0].parts[1].text", "messages[0].parts[0].url"],
    ),
    (
        [5, {"role": "tool"}, {"parts": [{}, {"type": 5}]}],
        [
            "messages[0]",
            "messages[1].role",
            "messages[2].parts[0].type",
            "messages[2].parts[1].type",
            "messages[2].role",
        ],
    ),
    (
        [PARTS, {**PARTS, "parts": [{"type": "text", "text": "a"}] * 101}],
        ["messages[1].parts"],
    ),
]


@pytest.mark.parametrize(("messages", "places"), UI_MESSAGES)
def test_wrong_messages_of_use_chat_are_all_named(
    messages: list[Any], places: list[str]
) -> None:
    assert named(refusal("ui", {"messages": messages})) == places


def test_wrong_fields_of_assistant_ui_are_all_named() -> None:
    tools = {"a": 5, "b": {"description": 5}, "c": {"parameters": []}}
    settings = {"maxTokens": 0, "temperature": "x"}
    refused = refusal(
        "ui", {"tools": tools, "callSettings": settings, "config": {"modelName": 5}}
    )
    assert named(refused) == [
        "tools[...]",
        "tools[...].description",
        "tools[...].parameters",
        "callSettings.maxTokens",
        "callSettings.temperature",
        "config.modelName",
    ]


@pytest.mark.parametrize(
    ("wanted", "place"),
    [
        ({"type": "json_schema"}, ""),
        ({"type": "json_schema", "json_schema": {"schema": 5}}, ".schema"),
        ({"type": "json_schema", "json_schema": {"name": 5}}, ".name"),
        ({"type": "text", "json_schema": {"schema": {"a": "x" * 2**17}}}, ".schema"),
    ],
)
def test_a_wrong_schema_is_named_beside_others(
    wanted: dict[str, Any], place: str
) -> None:
    body = {"response_format": wanted, "n": 2, "functions": [1], "max_tokens": 0}
    refused = refusal("openai", body)
    places = {f"response_format.json_schema{place}", "n", "functions", "max_tokens"}
    assert set(named(refused)) == places


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize("messages", [None, [], [{"role": "user"}]])
def test_messages_that_say_nothing_are_named_beside_others(
    name: str, messages: Any
) -> None:
    refused = refusal(name, {"messages": messages, "top_p": 2})
    assert named(refused) == ["top_p", "messages"]


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize(
    ("messages", "how_many"),
    [([5] * 12, "And 9 more."), ([5] * 1999, "And at least 97 more.")],
)
def test_what_is_not_named_is_counted(
    name: str, messages: list[Any], how_many: str
) -> None:
    refused = refusal(name, {"messages": messages})
    assert refused.message.endswith(how_many)
    assert named(refused)[:3] == [f"messages[{i}]" for i in range(3)]


def test_all_kinds_of_mistakes_are_named_before_many_of_one() -> None:
    messages = [{"role": "pope", "content": 5}] * 50
    refused = refusal("native", {"messages": messages, "top_p": 9})
    assert len(refused.message) <= 500
    assert "messages[1].role: " in refused.message
    assert "messages[0].content: " in refused.message
    assert "And at least 9" in refused.message


def test_more_are_counted_than_fit_in_the_sentence() -> None:
    wrong = [{"type": "video_url"}] * 50
    refused = refusal("native", {"messages": [of_parts(*wrong)]})
    assert len(refused.message) <= 500
    told = refused.message.count("video_url.url: ")
    assert refused.message.endswith(f"And {50 - told} more.")


@pytest.mark.parametrize("path", ["/api/chat", "/v1/chat/completions"])
@pytest.mark.parametrize("stream", [True, False])
def test_a_caller_is_told_all_of_it(service: Service, path: str, stream: bool) -> None:
    messages = [of_parts({"type": "text"}), {"role": "pope", "content": "a"}]
    body = {"messages": messages, "stream": stream, "max_tokens": "2048"}
    answer = httpx.post(service.url + path, json=body, trust_env=False)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["param"] == "messages[1].role"
    for place in ("messages[1].role", "max_tokens", "messages[0].content[0].text"):
        assert f"{place}: " in error["message"]


def test_a_caller_of_use_chat_is_told_all_of_it(service: Service) -> None:
    answer = service.send({"messages": [{**PARTS, "role": "tool"}], "max_tokens": 0})
    assert answer.status_code == 400
    assert "messages[0].role: " in answer.text
    assert "max_tokens: " in answer.text
