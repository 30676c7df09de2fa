"""What callers send: the structs that read the bodies, with a sentence for each field.

Ranges, types and names come from the structs. What a struct leaves to a later check,
or to Z.AI, is added here in `NARROWER`.
"""

from typing import Any

from django.conf import settings

from chat import conversation
from chat.openapi import contents, items
from chat.openapi.fields import (
    APPROVAL,
    CALL_SETTINGS,
    ITEM,
    JSON_SCHEMA,
    MESSAGE,
    MODEL_CONFIG,
    NAMED_TOOL,
    OPENAI_RESPONSE_FORMAT,
    PARAMETERS,
    PART,
    REASONING,
    RESPONSE_FORMAT,
    RESPONSES,
    RESPONSES_REASONING,
    ROLES,
    STREAM_OPTIONS,
    TEXT_FORMAT,
    TEXT_OPTIONS,
    THINKING,
    TOOL_CALL,
    UI_MESSAGE,
)
from chat.protocols import (
    assistant_ui,
    body,
    messages,
    native,
    openai,
    structured,
    ui_messages,
    ui_parts,
)
from chat.protocols.responses import body as responses
from chat.protocols.responses.items import InputItem

Schema = dict[str, Any]


class ChatRequest(native.NativeBody):
    """A conversation, and how it is to be answered. `null` counts as not given,
    unknown fields are ignored."""


class OpenAIChatRequest(openai.OpenAIBody):
    """What OpenAI's clients send. `null` counts as not given, unknown fields are
    ignored."""


class ResponsesRequest(responses.ResponsesBody):
    """What clients of OpenAI's Responses send. `null` counts as not given, unknown
    fields are ignored."""


class UseChatRequest(ui_messages.UIMessagesBody):
    """What `useChat` of Vercel's AI SDK sends: a body with a `trigger`, or with `parts`
    in its messages. It is always answered with a stream."""

    trigger: str | None = None


_NATIVE = {
    **PARAMETERS,
    "notices": "Whether the wait for Z.AI is told by events (`QueueEvent`) instead of"
    " comments.",
}
_OPENAI = {
    **PARAMETERS,
    "stream": "Whether the answer comes as it is written, or whole at its end.",
    "temperature": "How freely the model chooses its words. Z.AI's highest is 1: above"
    " it 1 is sent.",
    "max_completion_tokens": "`max_tokens` by its newer name; wins over it.",
    "n": "There is one answer to a request, no more.",
    "functions": "What `tools` were called once; refused.",
    "user": "Becomes `user_id` if it has 6 to 128 characters.",
    "stream_options": "With `include_usage` the usage comes in a chunk of its own.",
}
_RESPONSES = {
    **{name: words for name, words in _OPENAI.items() if name in PARAMETERS},
    **RESPONSES,
    "tools": "What the model may call: functions and free-form tools (`custom`), in"
    " namespaces too. None that the service would run.",
    "tool_choice": "Whether the model has to call a tool, and which: `auto`, `none`,"
    " `required`, a tool by its name, or `allowed_tools`, of those that are offered.",
    "stream_options": "Makes no difference.",
}
_RESPONSES.pop("messages")
_USE_CHAT = {
    "trigger": "Why `useChat` asks: `submit-message` or `regenerate-message`.",
    **PARAMETERS,
    "stream": "Makes no difference: the answer is always streamed.",
    "tools": "What the model may call: a list of Z.AI's, or, as assistant-ui has them,"
    " by their names.",
    "system": "Put first, as the system message.",
    "id": "The chat's id, to go on with its answer and to stop it.",
    "callSettings": "What the page sets; the same field by Z.AI's name wins over it.",
    "config": "The model that the page sets; `model` wins over it.",
}

FIELDS: dict[type, dict[str, str]] = {
    ChatRequest: _NATIVE,
    OpenAIChatRequest: _OPENAI,
    ResponsesRequest: _RESPONSES,
    UseChatRequest: _USE_CHAT,
    conversation.Thinking: THINKING,
    body.Reasoning: REASONING,
    conversation.ResponseFormat: RESPONSE_FORMAT,
    conversation.Roles: ROLES,
    openai.OpenAIResponseFormat: OPENAI_RESPONSE_FORMAT,
    structured.JsonSchema: JSON_SCHEMA,
    openai.StreamOptions: STREAM_OPTIONS,
    responses.ResponsesReasoning: RESPONSES_REASONING,
    responses.TextOptions: TEXT_OPTIONS,
    responses.TextFormat: TEXT_FORMAT,
    InputItem: ITEM,
    messages.IncomingMessage: MESSAGE,
    openai.OpenAIMessage: MESSAGE,
    messages.ToolCall: TOOL_CALL,
    assistant_ui.CallSettings: CALL_SETTINGS,
    assistant_ui.ModelConfig: MODEL_CONFIG,
    assistant_ui.NamedTool: NAMED_TOOL,
    ui_parts.UIMessage: UI_MESSAGE,
    ui_parts.Part: PART,
    ui_parts.Approval: APPROVAL,
}


REQUESTS = (ChatRequest, OpenAIChatRequest, ResponsesRequest, UseChatRequest)


def find_defaults(request: type) -> dict[str, Any]:
    """Return what counts for each field of `request` that is not given."""
    if request not in REQUESTS:
        return {}
    notices = {"notices": False} if request is ChatRequest else {}
    return {
        **notices,
        "model": settings.CHAT_DEFAULT_MODEL,
        "temperature": settings.CHAT_DEFAULT_TEMPERATURE,
        "max_tokens": settings.CHAT_DEFAULT_MAX_TOKENS,
        "stream": request not in (OpenAIChatRequest, ResponsesRequest),
        "store": True,
        "on_leave": settings.CHAT_ON_LEAVE,
        "resumable": False,
    }


# Where a later check, or Z.AI, asks for more than the struct; in the field's place.
NARROWER: dict[type, dict[str, Schema]] = {
    ChatRequest: {
        **contents.PARAMETERS,
        "messages": contents.make_messages("IncomingMessage"),
    },
    OpenAIChatRequest: {
        **contents.PARAMETERS,
        "messages": contents.make_messages("OpenAIMessage"),
        "n": {"enum": [1, None]},
        "functions": {"type": ["array", "null"], "maxItems": 0},
    },
    UseChatRequest: {"tools": contents.ANY_TOOLS, "messages": contents.UI_MESSAGES},
    ResponsesRequest: items.FIELDS,
    responses.TextFormat: {"schema": {"type": ["object", "null"]}},
    structured.JsonSchema: {"schema": {"type": ["object", "null"]}},
    messages.IncomingMessage: {"content": contents.CONTENT},
    openai.OpenAIMessage: {"content": contents.CONTENT},
}
# Of the whole struct.
WHOLE: dict[type, Schema] = {
    ChatRequest: {"required": ["messages"]},
    OpenAIChatRequest: {"required": ["messages"]},
    ResponsesRequest: {"required": ["input"]},
    UseChatRequest: {"required": ["messages"], "allOf": [contents.FOR_USE_CHAT]},
    openai.OpenAIResponseFormat: contents.WITH_SCHEMA,
}
