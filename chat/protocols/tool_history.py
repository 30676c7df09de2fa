"""Calls of tools that go back to Z.AI in a history, and their answers.

Arguments there have to be a JSON object, for GLM's own template reads them as one; and
an answer says something, for nothing tells that Z.AI takes messages without content.
"""

from typing import Any

import msgspec
from msgspec import Raw

from chat import lines
from chat.conversation import Message

NO_ARGUMENTS = "{}"
NO_OUTPUT = "(no output)"
BROKEN = "The arguments of this call were not a JSON object: "
LONGEST_SHOWN = 1_000  # characters of broken arguments

OBJECT = msgspec.json.Decoder(dict[str, Raw])


def mend_tools(messages: list[Message]) -> None:
    """Make calls and answers as Z.AI takes them, in place.

    The model is told in the answer what was broken of its call.
    """
    broken: dict[Any, str] = {}
    for message in messages:
        for call in message.get("tool_calls") or ():
            if (given := _mend_call(call)) is not None:
                broken[call.get("id")] = given
        if message["role"] == "tool":
            _mend_answer(message, broken)


def _mend_call(call: dict[str, Any]) -> str | None:
    """Return the arguments that could not be used; None if they could."""
    if not isinstance(function := call.get("function"), dict):
        return None
    given = function.get("arguments")
    if isinstance(given, dict):
        function["arguments"] = msgspec.json.encode(given).decode()
    elif not isinstance(given, str) or not given.strip():
        function["arguments"] = NO_ARGUMENTS
    elif not _is_object(given):
        function["arguments"] = NO_ARGUMENTS
        return given
    return None


def _mend_answer(message: Message, broken: dict[Any, str]) -> None:
    content = message.get("content")
    if not content or (isinstance(content, str) and not content.strip()):
        content = message["content"] = NO_OUTPUT
    given = broken.get(message.get("tool_call_id"))
    if given is not None and isinstance(content, str):
        message["content"] = f"{content}\n{BROKEN}{lines.shorten(given, LONGEST_SHOWN)}"


def _is_object(text: str) -> bool:
    try:
        OBJECT.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return False
    return True
