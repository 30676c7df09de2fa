"""A tool that has to be called, where Z.AI is only told `auto`."""

from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest
from langchain_openai import ChatOpenAI
from openai import OpenAI

from chat.tests.serving import Service
from chat.tests.test_openai import (
    MODEL,
    WEATHER,
    client_of,
    echo,
    langchain,
    make_langchain,
    post,
    said,
)

__all__ = ["langchain", "make_langchain"]

CLOCK: Any = {"type": "function", "function": {"name": "clock"}}
SEARCH: Any = {"type": "web_search", "web_search": {"enable": True}}
TOOLS = [WEATHER, CLOCK]


@pytest.fixture
def client(service: Service) -> Iterator[OpenAI]:
    with client_of(service) as made:
        yield made


def named(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name}}


def allowed(*names: str, mode: str) -> dict[str, Any]:
    tools = {"mode": mode, "tools": [named(name) for name in names]}
    return {"type": "allowed_tools", "allowed_tools": tools}


def offered(got: Any) -> list[str]:
    return [tool["function"]["name"] for tool in got.get("tools", ())]


def instructions(got: Any) -> list[str]:
    return [m["content"] for m in got["messages"] if m["role"] == "system"]


@pytest.mark.parametrize(
    ("choice", "names", "word"),
    [
        (None, ["get_weather", "clock"], ""),
        ("auto", ["get_weather", "clock"], ""),
        ("none", [], ""),
        ("required", ["get_weather", "clock"], "must call one of the tools now"),
        (named("clock"), ["clock"], "must call the tool `clock` now"),
        (allowed("clock", mode="auto"), ["clock"], ""),
        (allowed("clock", mode="required"), ["clock"], "must call the tool `clock`"),
    ],
)
def test_what_zai_is_told(
    service: Service, choice: Any, names: list[str], word: str
) -> None:
    got = echo(service, tools=TOOLS, tool_choice=choice)
    assert offered(got) == names
    assert got.get("tool_choice") in (None, "auto")
    assert len(instructions(got)) == bool(word)
    assert word in "".join(instructions(got))


def test_it_is_said_behind_the_system_messages(service: Service) -> None:
    messages = [{"role": "system", "content": "Be kind."}, *said("sim:echo")]
    got = echo(service, tools=TOOLS, tool_choice="required", messages=messages)
    assert [m["role"] for m in got["messages"]] == ["system", "system", "user"]
    assert instructions(got)[0] == "Be kind."


def test_one_of_tools_without_a_name_is_one_of_the_tools(service: Service) -> None:
    got = echo(service, tools=[SEARCH], tool_choice="required")
    assert "one of the tools" in instructions(got)[0]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"tool_choice": "required"}, "there are no tools to choose from."),
        ({"tool_choice": "required", "tools": []}, "there are no tools to choose"),
        ({"tool_choice": named("clock")}, "there are no tools to choose from."),
        (
            {"tool_choice": named("clock"), "tools": [WEATHER]},
            "a tool of that name is not among the tools.",
        ),
        (
            {"tool_choice": allowed(mode="required"), "tools": TOOLS},
            "a tool of that name is not among the tools.",
        ),
        (
            {"tool_choice": allowed("clock", "a", mode="auto"), "tools": TOOLS},
            "a tool of that name is not among the tools.",
        ),
    ],
)
@pytest.mark.parametrize("native", [False, True])
def test_a_tool_that_is_not_offered_is_refused(
    service: Service, asked: Any, sentence: str, native: bool
) -> None:
    response = service.post(**asked) if native else post(service, **asked)
    error = response.json()["error"]
    assert (response.status_code, error["param"]) == (400, "tool_choice")
    assert error["message"].startswith(f"tool_choice: {sentence}")


def test_a_word_that_nobody_knows_is_zais_to_refuse(service: Service) -> None:
    response = post(service, tools=TOOLS, tool_choice="perhaps")
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "1210"


@pytest.mark.parametrize("choice", ["required", named("get_weather")])
@pytest.mark.parametrize("stream", [False, True])
def test_openais_client_gets_the_call(
    client: OpenAI, choice: Any, stream: bool
) -> None:
    asked: Any = {"model": MODEL, "messages": said("Hello"), "tools": TOOLS}
    if stream:
        with client.chat.completions.stream(**asked, tool_choice=choice) as events:
            [answer] = events.get_final_completion().choices
    else:
        made = client.chat.completions.create(**asked, tool_choice=choice)
        [answer] = made.choices
    [call] = answer.message.tool_calls
    assert call.function.name == "get_weather"
    assert "city" in msgspec.json.decode(call.function.arguments)
    assert answer.finish_reason == "tool_calls"


@pytest.mark.parametrize("choice", ["any", "get_weather"])
def test_langchain_gets_the_call(langchain: ChatOpenAI, choice: str) -> None:
    bound = langchain.bind_tools(TOOLS, tool_choice=choice)
    assert [c["name"] for c in bound.invoke("Hello").tool_calls] == ["get_weather"]


def test_the_native_dialect_gets_the_call(service: Service) -> None:
    answer = service.post(tools=TOOLS, tool_choice=named("clock"), stream=False).json()
    [call] = answer["choices"][0]["message"]["tool_calls"]
    assert call["function"]["name"] == "clock"


@pytest.mark.parametrize("choice", ["required", "none", named("clock"), {}])
def test_the_simulator_refuses_what_zai_does(zai: Any, choice: Any) -> None:
    response = httpx.post(
        f"{zai.base_url}/chat/completions",
        json={"model": MODEL, "messages": said("Hello"), "tool_choice": choice},
        headers={"Authorization": "Bearer some.key"},
        trust_env=False,
    )
    assert response.status_code == 400
    assert "Tool choice must be auto" in response.text
