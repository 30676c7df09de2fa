"""Requests as Codex 0.171 sends them to a provider of one's own (`wire_api`)."""

from typing import Any

import pytest

from chat.protocols.responses.tools import LONGEST_NAME, join
from chat.tests.openai_responses.asking import Asking
from chat.tests.openai_responses.order import check
from chat.tests.openai_responses.playing import playing

pytestmark = pytest.mark.django_db(transaction=True)


def tool(name: str) -> dict[str, Any]:
    parameters = {
        "type": "object",
        "properties": {"target": {"type": "string"}},
        "required": ["target"],
        "additionalProperties": False,
    }
    return {
        "type": "function",
        "name": name,
        "description": f"What {name} does.",
        "strict": False,
        "parameters": parameters,
    }


def message(role: str, text: str) -> dict[str, Any]:
    return {
        "type": "message",
        "id": "msg_01a2191f-81dd-7300-84b4-917bcfd78d94",
        "role": role,
        "content": [{"type": "input_text", "text": text}],
    }


AGENTS = {
    "type": "namespace",
    "name": "multi_agent_v1",
    "description": "Tools for spawning and managing sub-agents.",
    "tools": [tool("close_agent"), tool("spawn_agent")],
}
ASKED: dict[str, Any] = {
    "model": "glm-4.6",
    "tools": [tool("exec_command"), tool("view_image"), AGENTS, tool("get_goal")],
    "tool_choice": "auto",
    "parallel_tool_calls": True,
    "reasoning": {"summary": "auto"},
    "store": False,
    "include": ["reasoning.encrypted_content"],
    "prompt_cache_key": "01a2191f-81b0-71c2-bd26-1af857354928",
    "client_metadata": {"x-codex-installation-id": "4b255e03"},
}
BEGINNING = [
    message("developer", "You are a coding agent."),
    message("user", "<environment_context>\n</environment_context>"),
]


def test_a_turn_with_a_tool_in_a_namespace(post: Asking, settings: Any) -> None:
    function = {"name": "multi_agent_v1__close_agent", "arguments": '{"target":"a"}'}
    deltas = [
        {"reasoning_content": "Close it."},
        {"tool_calls": [{"index": 0, "id": "call_1", "function": function}]},
    ]
    asked = [*BEGINNING, message("user", "Close the agent")]
    with playing(settings, *deltas, finish_reason="tool_calls"):
        events = post.stream(asked, **ASKED)
    thoughts, call = check(events)["output"]

    assert thoughts["encrypted_content"]
    assert (call["namespace"], call["name"]) == ("multi_agent_v1", "close_agent")
    [done] = [e for e in events if e["type"].endswith("arguments.done")]
    assert done["name"] == "close_agent"


def test_what_comes_back_is_what_zai_said(post: Asking) -> None:
    thoughts = {"type": "reasoning", "summary": [], "encrypted_content": "bm90aGluZw=="}
    call = {
        "type": "function_call",
        "name": "close_agent",
        "namespace": "multi_agent_v1",
        "arguments": "{}",
        "call_id": "call_1",
    }
    output = {"type": "function_call_output", "call_id": "call_1", "output": "Done."}
    asked = [*BEGINNING, thoughts, call, output, message("user", "sim:echo")]
    got = post.echo(asked, **ASKED)

    assert [m["role"] for m in got["messages"]] == [
        "system",
        "user",
        "assistant",
        "tool",
        "user",
    ]
    [sent] = got["messages"][2]["tool_calls"]
    assert sent["function"]["name"] == "multi_agent_v1__close_agent"
    assert [t["function"]["name"] for t in got["tools"]] == [
        "exec_command",
        "view_image",
        "multi_agent_v1__close_agent",
        "multi_agent_v1__spawn_agent",
        "get_goal",
    ]


def test_its_web_search_is_refused_by_its_name(post: Asking) -> None:
    search = {"type": "web_search", "external_web_access": False}
    asked = {**ASKED, "tools": [*ASKED["tools"], search]}
    error = post(BEGINNING, **asked).json()["error"]
    assert error["param"] == "tools[4].type"


def test_long_names_are_cut_and_stay_apart() -> None:
    names = {join("mcp__" + "a" * 60, name) for name in ("one", "two")}
    assert len(names) == 2
    assert all(len(name) == LONGEST_NAME for name in names)


@pytest.mark.parametrize(
    ("namespace", "param"),
    [
        ({"name": "a"}, "tools[0].tools"),
        ({"tools": []}, "tools[0].name"),
        ({"name": "a", "tools": [1]}, "tools[0].tools[0]"),
        ({"name": "a", "tools": [{"type": "b"}]}, "tools[0].tools[0].type"),
        ({"name": "a", "tools": [tool(f"t{n}") for n in range(129)]}, "tools"),
    ],
)
def test_what_is_wrong_in_a_namespace_is_named(
    post: Asking, namespace: Any, param: str
) -> None:
    refused = post(tools=[{"type": "namespace", **namespace}])
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, param)
