"""Messages as Vercel's useChat keeps them, made into messages as Z.AI takes them."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Raw, Struct, field

from chat.conversation import Message
from chat.protocols.messages import MOST_PARTS
from chat.protocols.refusal import Problem

MEDIA = {"image": "image_url", "video": "video_url"}
HAS_OUTPUT = ("output-available", "output-error")
DENIED = "The user did not allow this call"


class Approval(Struct):
    approved: bool | None = None
    reason: str | None = None


class Part(Struct, rename="camel"):
    """Only what Z.AI can be told; `tool-weather` is a call of the tool `weather`."""

    type: str
    text: str | None = None
    url: str | None = None
    media_type: str | None = None
    tool_name: str | None = None
    tool_call_id: str | None = None
    state: str | None = None
    input: Raw = field(default_factory=Raw)
    # In the place of an input that could not be read.
    raw_input: Raw = field(default_factory=Raw)
    output: Raw = field(default_factory=Raw)
    error_text: str | None = None
    approval: Approval | None = None

    @property
    def is_denied(self) -> bool:
        """Whether the user said no; the SDK notes that in two ways."""
        if self.state == "approval-responded" and self.approval:
            return self.approval.approved is False
        return self.state == "output-denied"

    @property
    def called(self) -> str | None:
        """The name of the tool, if this is a call that has its answer, else None."""
        if self.state not in HAS_OUTPUT and not self.is_denied:
            return None
        if self.type == "dynamic-tool":
            return self.tool_name
        return self.type[5:] if self.type.startswith("tool-") else None


class UIMessage(Struct):
    role: Literal["system", "user", "assistant"]
    parts: Annotated[list[Part], Meta(max_length=MOST_PARTS)] | None = None
    content: str | None = None  # as messages had it before there were parts


def find_problems_of_messages(incoming: list[UIMessage]) -> Iterator[Problem]:
    """Yield what `make_messages` cannot make messages of."""
    if not incoming:
        yield Problem("messages", "there must be at least one")
    elif not any(map(_says_something, incoming)):
        yield Problem("messages", "none of them says anything")
    for index, message in enumerate(incoming):
        for number, part in enumerate(message.parts or ()):
            if part.type == "file" and not part.url and message.role != "assistant":
                yield Problem(
                    f"messages[{index}].parts[{number}].url", "a file needs one"
                )


def make_messages(
    incoming: list[UIMessage], system_prompt: str, *, with_reasoning: bool = False
) -> list[Message]:
    """Return what says something to Z.AI, the system prompt first.

    `with_reasoning`: what the model thought goes back too.
    """
    messages: list[Message] = []
    for message in incoming:
        parts = _parts_of(message)
        if message.role == "assistant":
            said = ("text", "reasoning") if with_reasoning else ("text",)
            messages += _make_steps(parts, said)
        elif content := _make_content(parts):
            messages.append({"role": message.role, "content": content})
    if system_prompt and not any(m["role"] == "system" for m in messages):
        messages.insert(0, {"role": "system", "content": system_prompt})
    return messages


def _says_something(message: UIMessage) -> bool:
    parts = _parts_of(message)
    if message.role == "assistant":
        return bool(_make_steps(parts, ("text",)))
    return any(
        part.type == "file" or (part.type == "text" and part.text) for part in parts
    )


def _parts_of(message: UIMessage) -> list[Part]:
    if not message.parts and message.content:
        return [Part(type="text", text=message.content)]
    return message.parts or []


def _make_content(parts: list[Part]) -> str | list[dict[str, Any]]:
    """Return text as one string, for models without eyes take nothing else."""
    content: list[dict[str, Any]] = []
    for part in parts:
        if part.type == "text" and part.text:
            content.append({"type": "text", "text": part.text})
        elif part.type == "file":
            kind = MEDIA.get((part.media_type or "").partition("/")[0], "file_url")
            content.append({"type": kind, kind: {"url": part.url}})
    if all(part["type"] == "text" for part in content):
        return "\n".join(part["text"] for part in content)
    return content


def _make_steps(parts: list[Part], kinds: tuple[str, ...]) -> list[Message]:
    """Return what the model said and called, and the tools' answers, step by step.

    `kinds` are the types of parts that count as said.
    """
    messages: list[Message] = []
    said: list[Part] = []
    calls: list[Part] = []
    for part in parts:
        if part.type == "step-start" or (part.type in kinds and calls):
            messages += _make_step(said, calls)
            said, calls = [], []
        if part.type in kinds:
            said.append(part)
        elif part.called and part.tool_call_id:
            calls.append(part)
    return messages + _make_step(said, calls)


def _make_step(said: list[Part], calls: list[Part]) -> list[Message]:
    text, thought = _join(said, "text"), _join(said, "reasoning")
    if not text and not calls:
        return []
    message: Message = {"role": "assistant", "content": text}
    if thought:
        message["reasoning_content"] = thought
    if calls:
        message["tool_calls"] = [_make_call(part) for part in calls]
    return [message, *(_make_result(part) for part in calls)]


def _join(said: list[Part], kind: str) -> str:
    return "".join(part.text or "" for part in said if part.type == kind)


def _make_call(part: Part) -> dict[str, Any]:
    given = bytes(part.input or part.raw_input or b"{}")
    function = {"name": part.called, "arguments": _make_text(given)}
    return {"id": part.tool_call_id, "type": "function", "function": function}


def _make_result(part: Part) -> Message:
    content = part.error_text
    if part.state == "output-available":
        content = _make_text(bytes(part.output))
    elif part.is_denied:
        reason = part.approval and part.approval.reason
        content = f"{DENIED}: {reason}" if reason else f"{DENIED}."
    return {
        "role": "tool",
        "tool_call_id": part.tool_call_id,
        "content": content or "",
    }


def _make_text(value: bytes) -> str:
    """Return a string of JSON as it reads, anything else as it is written."""
    if value.startswith(b'"'):
        return msgspec.json.decode(value, type=str)
    return value.decode()
