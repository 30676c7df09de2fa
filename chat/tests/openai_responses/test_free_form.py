"""Free-form tools, as Codex has them for its patches."""

from typing import Any

import pytest

from chat.protocols.responses.free_form import FreeForm, read_input
from chat.tests.openai_responses.asking import Asking, said
from chat.tests.openai_responses.order import check, kinds
from chat.tests.openai_responses.playing import playing

PATCH = '*** Begin Patch\n*** Add File: a.py\n+print("é 😀 \\n")\n*** End Patch'
TOOL: dict[str, Any] = {
    "type": "custom",
    "name": "apply_patch",
    "description": "Edits files.",
    "format": {
        "type": "grammar",
        "syntax": "lark",
        "definition": "start: begin_patch",
    },
}


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_the_text_comes_out_piece_by_piece(ascii: bool, size: int) -> None:
    import json

    arguments = json.dumps({"input": PATCH}, ensure_ascii=ascii)
    pieces = [arguments[at : at + size] for at in range(0, len(arguments), size)]
    form = FreeForm()
    texts = [form.add(piece) for piece in pieces]
    assert "".join(texts) == PATCH == read_input(arguments)
    for text in texts:
        text.encode()


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ("", ""),
        ("*** Begin Patch", "*** Begin Patch"),
        ('{"patch": "a"}', '{"patch": "a"}'),
        ('{"input": 3}', '{"input": 3}'),
        ('{"input": "a\nb"}', "a\nb"),
        ('{"input": "it breaks off', "it breaks off"),
        ('{"other": 1, "input": "a"}', "a"),
        ("[" * 5000, "[" * 5000),
        (r'{"input": "a\uZZZZb"}', "a"),
    ],
)
def test_arguments_of_other_kinds_are_taken_as_they_are(
    arguments: str, text: str
) -> None:
    assert read_input(arguments) == text


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("pieces", [1, 9])
def test_a_call_is_one_of_text(post: Asking, settings: Any, pieces: int) -> None:
    from msgspec.json import encode

    arguments = encode({"input": PATCH}).decode()
    size = -(-len(arguments) // pieces)
    parts = [arguments[at : at + size] for at in range(0, len(arguments), size)]
    first = {"index": 0, "id": "c", "function": {"name": "apply_patch"}}
    deltas = [
        {"tool_calls": [first]},
        *({"tool_calls": [{"index": 0, "function": {"arguments": p}}]} for p in parts),
    ]
    with playing(settings, *deltas, finish_reason="tool_calls"):
        events = post.stream(tools=[TOOL])
    [call] = check(events)["output"]
    assert (call["type"], call["input"]) == ("custom_tool_call", PATCH)
    assert (call["call_id"], call["id"][:4]) == ("c", "ctc_")
    assert kinds(events)[2:] == [
        "output_item.added",
        "custom_tool_call_input.delta",
        "custom_tool_call_input.done",
        "output_item.done",
        "completed",
    ]


@pytest.mark.django_db(transaction=True)
def test_the_model_is_told_of_the_form(post: Asking) -> None:
    call = {
        "type": "custom_tool_call",
        "call_id": "c",
        "name": "apply_patch",
        "input": PATCH,
    }
    output = {"type": "custom_tool_call_output", "call_id": "c", "output": "Done"}
    got = post.echo([said("Go on"), call, output, said("sim:echo")], tools=[TOOL])

    function = got["tools"][0]["function"]
    assert function["parameters"]["required"] == ["input"]
    assert "start: begin_patch" in function["description"]
    [sent] = got["messages"][1]["tool_calls"]
    assert read_input(sent["function"]["arguments"]) == PATCH


@pytest.mark.django_db(transaction=True)
def test_a_whole_answer_has_the_text(post: Asking) -> None:
    answer = post("Please apply the patch", tools=[TOOL]).json()
    [call] = [i for i in answer["output"] if i["type"] == "custom_tool_call"]
    assert isinstance(call["input"], str) and call["name"] == "apply_patch"
    referred = {"type": "item_reference", "id": call["id"]}
    got = post.echo([said("Go on"), referred, said("sim:echo")], tools=[TOOL])
    assert got["messages"][1]["tool_calls"][0]["id"] == call["call_id"]
