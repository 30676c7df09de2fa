"""Messages as callers send them, made into messages as Z.AI takes them."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from chat.conversation import Message
from chat.failures import Refused
from chat.glm.known import profile_of
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


def make_messages(
    incoming: Sequence[IncomingMessage] | None, system_prompt: str
) -> list[Message]:
    """Return the messages that say something, the system prompt first.

    Raises Refused if nothing stays or a part of a message cannot be.
    """
    if incoming is None:
        raise Refused("messages: the field is required.", param="messages")
    if not incoming:
        raise Refused("messages: there must be at least one.", param="messages")
    messages = [
        _make_message(m, f"messages[{i}]") for i, m in enumerate(incoming) if _counts(m)
    ]
    if not messages:
        raise Refused(
            "messages: none of them has both a role and content.", param="messages"
        )
    if system_prompt and not any(m["role"] == "system" for m in messages):
        messages.insert(0, {"role": "system", "content": system_prompt})
    return messages


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


def _make_message(message: IncomingMessage, path: str) -> Message:
    if isinstance(message.content, list):
        for index, part in enumerate(message.content):
            _check_part(part, f"{path}.content[{index}]")
    made: Message = msgspec.to_builtins(message)
    if message.tool_calls or message.role == "tool":
        made.setdefault("content", "")
    return made


def _check_part(part: dict[str, Any], path: str) -> None:
    kind = part.get("type")
    if not isinstance(kind, str):
        raise Refused(f"{path}.type: a part needs a type.", param=f"{path}.type")
    if kind == "text" and not isinstance(part.get("text"), str):
        raise Refused(f"{path}.text: expected a string.", param=f"{path}.text")
    if kind in URL_PARTS:
        _check_url(part.get(kind), f"{path}.{kind}")


def _check_url(place: Any, path: str) -> None:
    url = place.get("url") if isinstance(place, dict) else None
    if not isinstance(url, str):
        raise Refused(f"{path}.url: expected a string.", param=f"{path}.url")
