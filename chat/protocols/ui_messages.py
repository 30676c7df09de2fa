"""The dialect of Vercel's AI SDK 5, 6 and 7: what `useChat` sends."""

import re
from collections.abc import Iterator
from typing import Annotated, Any

import msgspec
from django.conf import settings
from msgspec import Meta, Raw, Struct, field, structs

from chat.conversation import MOST_TOOLS, ChatRequest
from chat.failures import Failure
from chat.observation import Observation
from chat.protocols import Dialect
from chat.protocols.assistant_ui import (
    CallSettings,
    ModelConfig,
    NamedTool,
    list_tools,
)
from chat.protocols.body import ChatBody, read_body
from chat.protocols.messages import MOST
from chat.protocols.refusal import Problem
from chat.protocols.ui_parts import (
    UIMessage,
    find_problems_of_messages,
    make_messages,
)
from chat.protocols.ui_writer import Continuation, UIMessagesWriter

HINTS = (b'"parts"', b'"trigger"')
# How much of a body that cannot be read is looked at.
BEGINNING_BYTES = 64_000
# As keys: inside a JSON string the quotes are escaped, and a tool's schema has `{`.
KEYS = re.compile(rb'"(?:parts"\s*:\s*\[|trigger"\s*:\s*")').search

LONGEST_ID = 200  # of a chat

Tools = Annotated[list[dict[str, Any]], Meta(max_length=MOST_TOOLS)]
NamedTools = Annotated[dict[str, NamedTool], Meta(max_length=MOST_TOOLS)]


class UIMessagesBody(ChatBody, kw_only=True):
    """With what assistant-ui adds: a caller's own fields win over its settings."""

    messages: Annotated[list[UIMessage], Meta(max_length=MOST)] | None = None
    tools: Tools | NamedTools | None = None  # type: ignore[assignment]
    system: str | None = None
    call_settings: CallSettings | None = field(default=None, name="callSettings")
    config: ModelConfig | None = None
    id: Any = None

    def __post_init__(self) -> None:
        if isinstance(self.tools, dict):
            self.tools = list_tools(self.tools) or None

    def find_problems(self) -> Iterator[Problem]:
        yield from find_problems_of_messages(self.messages or [])
        yield from super().find_problems()

    def given(self) -> dict[str, Any]:
        wanted = self.call_settings.given() if self.call_settings else {}
        return {**wanted, **super().given()}


class MessageShape(Struct):
    parts: Raw = Raw(b"null")


class Shape(Struct):
    """What tells bodies of `useChat`, those too that we refuse."""

    trigger: str | None = None
    message: MessageShape | None = None
    messages: list[MessageShape] | MessageShape | None = None


DECODER = msgspec.json.Decoder(UIMessagesBody)
SHAPE = msgspec.json.Decoder(Shape)


def is_ui_messages(raw: bytes) -> bool:
    """Whether `raw` has a `trigger`, or messages with `parts`."""
    # Inside a JSON string the quotes would be escaped: most bodies stop here.
    if not any(hint in raw for hint in HINTS):
        return False
    try:
        return _is_shaped(SHAPE.decode(raw))
    except msgspec.ValidationError:
        return False
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return begins_ui_messages(raw[:BEGINNING_BYTES])


def _is_shaped(shape: Shape) -> bool:
    messages = shape.messages or []
    if isinstance(messages, MessageShape):
        messages = [messages]
    if shape.message:
        messages = [*messages, shape.message]
    return bool(shape.trigger) or any(bytes(m.parts) != b"null" for m in messages)


def begins_ui_messages(beginning: bytes) -> bool:
    """Whether a body that begins so, or is broken, is likely to be one."""
    return bool(KEYS(beginning))


class UIMessages(Dialect):
    name = "ui-messages"
    stream_headers = {"x-vercel-ai-ui-message-stream": "v1"}
    comes_back = True
    error_type = "text/plain; charset=utf-8"  # the SDK shows the body as the error

    def read(self, raw: bytes) -> ChatRequest:
        body = read_body(raw, DECODER)
        incoming, thinking = body.messages or [], body.thinking
        if body.config:
            body.model = body.model or body.config.model_name
            effort = body.reasoning_effort or body.config.reasoning_effort
            body.reasoning_effort = effort
        messages = make_messages(
            incoming,
            "" if body.system else settings.CHAT_SYSTEM_PROMPT,
            # Z.AI throws it away unless it is told not to.
            with_reasoning=thinking is not None and thinking.clear_thinking is False,
        )
        if body.system:
            messages.insert(0, {"role": "system", "content": body.system})
        chat_request = body.make_request(messages, body.given(), stream=True)
        if isinstance(body.id, str) and len(body.id) <= LONGEST_ID:
            chat_request.chat_id = body.id
        if incoming[-1].role == "assistant":
            return Continuation(**structs.asdict(chat_request))
        return chat_request

    def writer(
        self, chat_request: ChatRequest, request_id: str, observation: Observation
    ) -> "UIMessagesWriter":
        return UIMessagesWriter(chat_request, request_id, observation)

    def error(self, failure: Failure, request_id: str) -> bytes:
        return failure.message.encode()
