"""What goes back to Z.AI of calls that were broken, and of answers that are empty."""

import json
from typing import Any

import pytest

from chat.protocols.dialects import NATIVE, OPENAI
from chat.protocols.tool_history import NO_OUTPUT
from chat.protocols.ui_messages import UIMessages
from chat.tests.serving import Service
from chat.tests.test_ui_messages import says

BROKEN = '{"city": "Ro'


def history(arguments: Any, output: Any = "It rains.") -> list[dict[str, Any]]:
    """What is sent of a call of a tool, through a dialect whose messages are Z.AI's."""
    function = {"name": "weather", "arguments": arguments}
    call = {"id": "call_1", "type": "function", "function": function}
    messages = [
        {"role": "user", "content": "Rome?"},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": output},
    ]
    body = json.dumps({"messages": messages}).encode()
    read = [dialect.read(body).messages for dialect in (NATIVE, OPENAI)]
    assert read[0] == read[1]
    return read[0]


def arguments_of(messages: list[dict[str, Any]]) -> Any:
    return messages[1]["tool_calls"][0]["function"]["arguments"]


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ('{"city": "Rome"}', '{"city": "Rome"}'),
        ({"city": "Rome"}, '{"city":"Rome"}'),
        ("", "{}"),
        (None, "{}"),
        (BROKEN, "{}"),
        ("[1]", "{}"),
        ('{"a": 1} {"b": 2}', "{}"),
        ("[" * 100_000, "{}"),
    ],
)
def test_arguments_are_always_a_json_object(given: Any, sent: str) -> None:
    assert arguments_of(history(given)) == sent


def test_the_model_is_told_what_it_wrote() -> None:
    said = history(BROKEN)[2]["content"]

    assert said.startswith("It rains.\n") and said.endswith(BROKEN)
    assert history("{}")[2]["content"] == "It rains."
    assert len(history("x" * 100_000)[2]["content"]) < 1_200


@pytest.mark.parametrize("output", ["", " \n", None, []])
def test_an_empty_answer_says_that_it_is_empty(output: Any) -> None:
    assert history("{}", output)[2]["content"] == NO_OUTPUT


def ui(part: dict[str, Any]) -> list[dict[str, Any]]:
    call = {"type": "tool-weather", "toolCallId": "call_1", **part}
    messages = [says("Rome?"), {"role": "assistant", "parts": [call]}]
    return UIMessages().read(json.dumps({"messages": messages}).encode()).messages


@pytest.mark.parametrize("part", [{"output": ""}, {"output": None}, {}])
def test_use_chats_empty_outputs_are_sent_in_words(part: dict[str, Any]) -> None:
    said = ui({"state": "output-available", "input": {}, **part})[2]["content"]

    assert said == ("null" if part == {"output": None} else NO_OUTPUT)


def test_use_chats_broken_input_is_taken_by_zai(service: Service) -> None:
    part = {
        "type": "tool-weather",
        "toolCallId": "call_1",
        "state": "output-error",
        "rawInput": BROKEN,
        "errorText": "The arguments are not JSON.",
    }
    messages = [says("sim:echo Rome?"), {"role": "assistant", "parts": [part]}]

    answer = service.send({"messages": messages, "trigger": "submit-message"})

    assert answer.status_code == 200
    assert '"finishReason":"stop"' in answer.text
