"""Messages as callers send them, made into messages as Z.AI takes them."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from chat.conversation import Message
from chat.glm.known import profile_of
from chat.protocols.refusal import Problem
from chat.protocols.tool_history import mend_tools

URL_PARTS = ("image_url", "video_url", "file_url")
MOST = 2_000  # messages
MOST_PARTS = 100
MOST_CALLS = 128
Content = str | Annotated[list[dict[str, Any]], Meta(max_length=MOST_PARTS)]


class ToolCall(Struct, omit_defaults=True):
    id: str | None = None
    type: str | None = None
    index: int | None = None
    function: dict[str, Any] | None = None


class IncomingMessage(Struct, omit_defaults=True):
    """Fields that Z.AI does not know are left out."""

    role: Literal["system", "user", "assistant", "tool", ""] | None = None
    content: Content | None = None
    reasoning_content: str | None = None
    tool_calls: Annotated[list[ToolCall], Meta(max_length=MOST_CALLS)] | None = None
    tool_call_id: str | None = None
    name: str | None = None


def find_problems_of_messages(
    incoming: Sequence[IncomingMessage] | None,
) -> Iterator[Problem]:
    """Yield what `make_messages` cannot make messages of."""
    if incoming is None:
        yield Problem("messages", "the field is required")
    elif not incoming:
        yield Problem("messages", "there must be at least one")
    elif not any(map(_counts, incoming)):
        yield Problem("messages", "none of them has both a role and content")
    for index, message in enumerate(incoming or ()):
        if isinstance(message.content, list):
            for number, part in enumerate(message.content):
                path = f"messages[{index}].content[{number}]"
                yield from _find_problems_of_part(part, path)


def make_messages(
    incoming: Sequence[IncomingMessage], system_prompt: str
) -> list[Message]:
    """Return the messages that say something, the system prompt first."""
    messages = [_make_message(message) for message in incoming if _counts(message)]
    add_system_prompt(messages, system_prompt)
    return messages


def add_system_prompt(messages: list[Message], system_prompt: str) -> None:
    """Put `system_prompt` before `messages` unless a system message is among them."""
    if system_prompt and not any(m["role"] == "system" for m in messages):
        messages.insert(0, {"role": "system", "content": system_prompt})


def fit_for_zai(messages: list[Message], model: str) -> list[Message]:
    """Return `messages` as Z.AI understands them best, whatever the dialect.

    Text in parts is joined to one text for a model that does not see: such models were
    seen to refuse parts (1210). The answer of a tool gets the name of its call: without
    it GLM-5.3 was seen to take the answer for empty.
    """
    mend_tools(messages)
    names: dict[Any, Any] = {}
    is_blind = not profile_of(model).sees_images
    for message in messages:
        if is_blind and isinstance(parts := message.get("content"), list):
            message["content"] = _join(parts)
        for call in message.get("tool_calls") or ():
            names[call.get("id")] = (call.get("function") or {}).get("name")
        name = names.get(message.get("tool_call_id"))
        if message["role"] == "tool" and isinstance(name, str) and name:
            message.setdefault("name", name)
    return messages


def _join(parts: list[dict[str, Any]]) -> Any:
    """Return the text of parts that are all text, else the parts themselves."""
    if any(part.get("type") != "text" for part in parts):
        return parts
    return "\n".join(part["text"] for part in parts)


def _counts(message: IncomingMessage) -> bool:
    if not message.role:
        return False
    if message.content:
        return True
    return message.role == "tool" or bool(message.tool_calls)


def _make_message(message: IncomingMessage) -> Message:
    made: Message = msgspec.to_builtins(message)
    if message.tool_calls or message.role == "tool":
        made.setdefault("content", "")
    return made


def _find_problems_of_part(part: dict[str, Any], path: str) -> Iterator[Problem]:
    kind = part.get("type")
    if not isinstance(kind, str):
        yield Problem(f"{path}.type", "a part needs a type")
    elif kind == "text" and not isinstance(part.get("text"), str):
        yield Problem(f"{path}.text", "expected a string")
    elif kind in URL_PARTS and not _has_url(part.get(kind)):
        yield Problem(f"{path}.{kind}.url", "expected a string")


def _has_url(place: Any) -> bool:
    return isinstance(place, dict) and isinstance(place.get("url"), str)
