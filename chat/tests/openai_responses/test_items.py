"""What is asked by items, as Z.AI gets it."""

from typing import Any

import pytest

from chat.tests.openai_responses.asking import Asking, said

pytestmark = pytest.mark.django_db(transaction=True)
ECHO = said("sim:echo")
PIXEL = "data:image/png;base64,iVBORw0KGgo="


def call(number: int, arguments: str = "{}") -> dict[str, Any]:
    call_id, name = f"call_{number}", "get_weather"
    return {
        "type": "function_call",
        "id": f"fc_{number}",
        "call_id": call_id,
        "name": name,
        "arguments": arguments,
        "status": "completed",
    }


def output(number: int, text: Any = "It rains.") -> dict[str, Any]:
    return {
        "type": "function_call_output",
        "call_id": f"call_{number}",
        "output": text,
    }


def test_a_text_is_the_users_and_instructions_come_first(post: Asking) -> None:
    got = post.echo("sim:echo", instructions="Be short.")
    assert got["messages"] == [said("Be short.", "system"), ECHO]


def test_the_service_has_its_say_where_nobody_else_has(
    post: Asking, settings: Any
) -> None:
    settings.CHAT_SYSTEM_PROMPT = "You are here."
    assert post.echo()["messages"] == [said("You are here.", "system"), ECHO]
    got = post.echo([said("I am.", "developer"), ECHO])
    assert got["messages"] == [said("I am.", "system"), ECHO]


def test_parts_are_put_into_zais(post: Asking) -> None:
    content = [
        {"type": "input_text", "text": "What is it? sim:echo"},
        {"type": "input_image", "image_url": PIXEL, "detail": "auto"},
    ]
    got = post.echo([{"role": "user", "content": content}], model="glm-4.6v")
    [asked] = got["messages"]
    assert asked["content"][0] == {"type": "text", "text": "What is it? sim:echo"}
    assert asked["content"][1]["type"] == "image_url"


def test_what_the_assistant_says_and_calls_is_one_message(post: Asking) -> None:
    before = [
        said("And?"),
        {"type": "reasoning", "id": "rs_1", "summary": [], "content": None},
        {
            "type": "message",
            "role": "assistant",
            "id": "msg_1",
            "content": [
                {"type": "output_text", "text": "I look.", "annotations": []},
                {"type": "refusal", "refusal": " No."},
            ],
        },
        call(1, '{"city":"Rome"}'),
        call(2),
        output(1),
        output(2, [{"type": "input_text", "text": "Sun."}]),
    ]
    [_, assistant, one, two, _] = post.echo([*before, ECHO])["messages"]

    assert assistant["content"] == "I look. No."
    names = [c["function"]["name"] for c in assistant["tool_calls"]]
    assert names == ["get_weather"] * 2
    assert [m["tool_call_id"] for m in (one, two)] == ["call_1", "call_2"]
    assert [m["content"] for m in (one, two)] == ["It rains.", "Sun."]


def test_what_a_tool_shows_comes_after_all_of_their_outputs(post: Asking) -> None:
    shown = [{"type": "input_image", "image_url": PIXEL}]
    before = [ECHO, call(1), call(2), output(1, shown), output(2), ECHO]
    messages = post.echo(before, model="glm-4.6v")["messages"]
    roles = [message["role"] for message in messages]
    assert roles == ["user", "assistant", "tool", "tool", "user", "user"]
    assert messages[-2]["content"][0]["type"] == "image_url"


def test_parameters_are_put_into_zais(post: Asking) -> None:
    got = post.echo(
        temperature=1.7,
        max_output_tokens=900,
        user="somebody",
        reasoning={"effort": "none", "summary": "auto"},
        metadata={"a": "b"},
        include=["reasoning.encrypted_content"],
        truncation="auto",
        service_tier="auto",
    )
    assert (got["temperature"], got["max_tokens"]) == (0.99, 900)  # of the SDK
    assert (got["user_id"], got["thinking"]["type"]) == ("somebody", "disabled")
    strange = {"reasoning", "metadata", "include", "truncation", "text", "input"}
    assert not strange & got.keys()


def test_a_function_is_put_into_zais(post: Asking) -> None:
    tool = {"type": "function", "name": "a", "strict": True, "parameters": None}
    got = post.echo(tools=[tool], tool_choice="auto")
    [sent] = got["tools"]
    empty = {"type": "object", "properties": {}}
    assert sent == {"type": "function", "function": {"name": "a", "parameters": empty}}


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        ("none", None),
        ({"type": "function", "name": "b"}, ["b"]),
        ({"type": "custom", "name": "c"}, ["c"]),
        (
            {
                "type": "allowed_tools",
                "mode": "auto",
                "tools": [{"type": "function", "name": "a"}],
            },
            ["a"],
        ),
    ],
)
def test_a_choice_among_tools_holds(
    post: Asking, choice: Any, names: list[str] | None
) -> None:
    tools = [
        *({"type": "function", "name": name, "parameters": {}} for name in "ab"),
        {"type": "custom", "name": "c"},
    ]
    got = post.echo(tools=tools, tool_choice=choice)
    sent = got.get("tools") and [tool["function"]["name"] for tool in got["tools"]]
    assert sent == names
