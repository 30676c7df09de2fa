"""The paths that take a conversation."""

from typing import Any

from chat.openapi import errors, examples, parts
from chat.protocols.dialects import NATIVE, OPENAI, RESPONSES
from chat.protocols.door import Door

ANSWERED = (
    "The answer, whole or as it is written.\n\nA stream is `data: {json}` and a blank"
    " line, again and again. Lines that begin with a colon are comments: `: open`"
    " where Z.AI has not answered yet, `: keep-alive` while it is silent, and"
    " `: queued 2 6` for the second in line, whose turn comes in about six seconds."
)
OF_ANY = "X-Request-ID"
OF_A_STREAM = (OF_ANY, "Cache-Control", "X-Accel-Buffering")
OF_AN_ANSWER = (
    *OF_A_STREAM,
    *errors.QUOTA,
    *("X-Budget-Left-USD", "X-Fallback-Model"),
)


def describe_chat() -> dict[str, Any]:
    frames = parts.describe_stream(
        "Events (`ChatEvent`), and before them, with `notices`, where the caller stands"
        " in line (`QueueEvent`). A whole answer ends with a `WholeFrame`, one that"
        " broke off with an `ErrorFrame`. For `useChat`: chunks (`UIChunk`), then"
        " `data: [DONE]`; one that broke off ends with an `ErrorChunk`, one that was"
        " stopped with an `AbortChunk`.",
        ["ChatEvent", "QueueEvent", "WholeFrame", "ErrorFrame", "UIChunk"],
        examples.show_answers("chat_stream", "chat_tools", "use_chat"),
    )
    whole = {
        "schema": parts.refer_to_schema("ChatCompletion"),
        "examples": examples.show_answers("chat_whole"),
    }
    headers = parts.refer_to_headers(
        *OF_AN_ANSWER, "X-Vercel-AI-UI-Message-Stream", "X-Workflow-Run-ID"
    )
    return {
        "operationId": "chat",
        "tags": ["chat"],
        "summary": "Answer a conversation",
        "description": "Two dialects, told apart by the body: the service's own, and"
        " that of `useChat` of Vercel's AI SDK, whose errors are plain text.",
        "security": parts.describe_security(),
        "requestBody": parts.describe_body(
            ["ChatRequest", "UseChatRequest"],
            examples.show_requests(
                "chat_stream", "chat_whole", "chat_tools", "use_chat"
            ),
        ),
        "responses": {
            "200": {
                "description": ANSWERED,
                "headers": headers,
                "content": {"text/event-stream": frames, "application/json": whole},
            },
            **errors.describe_failures(NATIVE, *errors.OF_A_CHAT, also_text=True),
        },
    }


def describe_chat_completions() -> dict[str, Any]:
    frames = parts.describe_stream(
        "Events (`OpenAIChatEvent`), then `data: [DONE]`. The finish reason comes once,"
        " in the last event that has a choice; with `stream_options.include_usage` an"
        " event without choices follows, which has the usage. An answer that broke off"
        " ends with an `OpenAIErrorFrame` instead, and has no finish reason.",
        ["OpenAIChatEvent", "OpenAIErrorFrame"],
        examples.show_answers("openai_stream"),
    )
    whole = {
        "schema": parts.refer_to_schema("ChatCompletion"),
        "examples": examples.show_answers("openai_whole"),
    }
    return {
        "operationId": "chatCompletions",
        "tags": ["openai"],
        "summary": "Answer a conversation, for OpenAI's clients",
        "description": "Their `api_key` is the key. Some codes are OpenAI's:"
        " `context_length_exceeded` for Z.AI's 1261, a prompt that is too long,"
        " `invalid_api_key` for `unauthenticated`, `rate_limit_exceeded` for"
        " `rate_limited`, `insufficient_quota` for `budget_spent`.",
        "security": parts.describe_security(),
        "requestBody": parts.describe_body(
            ["OpenAIChatRequest"],
            examples.show_requests("openai_whole", "openai_stream"),
        ),
        "responses": {
            "200": {
                "description": ANSWERED,
                "headers": parts.refer_to_headers(
                    *OF_AN_ANSWER, *errors.QUOTA_OF_OPENAI
                ),
                "content": {"application/json": whole, "text/event-stream": frames},
            },
            **errors.describe_failures(OPENAI, *errors.OF_A_CHAT),
        },
    }


def describe_responses() -> dict[str, Any]:
    frames = parts.describe_stream(
        "Events (`ResponseEvent`), each after a line `event:` with its type."
        " `response.created` comes first; items are opened, filled and closed; the"
        " last is `response.completed`, `response.incomplete` or, after an `error`,"
        " `response.failed`, with all of the answer. No `data: [DONE]` follows.",
        ["ResponseEvent"],
        examples.show_answers("responses_stream"),
    )
    whole = {
        "schema": parts.refer_to_schema("Response"),
        "examples": examples.show_answers("responses_whole"),
    }
    return {
        "operationId": "responses",
        "tags": ["openai"],
        "summary": "Answer a conversation, for clients of OpenAI's Responses",
        "description": "Nothing is kept to go on with: the whole conversation is sent"
        " each time. Items that were answered before may be referred to by their ids"
        " (`item_reference`) by the same client, as long as the request log has their"
        " text; else the code is `answer_not_kept`.",
        "security": parts.describe_security(),
        "requestBody": parts.describe_body(
            ["ResponsesRequest"],
            examples.show_requests("responses_whole", "responses_stream"),
        ),
        "responses": {
            "200": {
                "description": ANSWERED,
                "headers": parts.refer_to_headers(
                    *OF_AN_ANSWER, *errors.QUOTA_OF_OPENAI
                ),
                "content": {"application/json": whole, "text/event-stream": frames},
            },
            **errors.describe_failures(
                RESPONSES, *errors.OF_A_CHAT, *errors.OF_REFERENCES
            ),
        },
    }


def describe_door(door: Door) -> dict[str, Any]:
    """Return what holds for every dialect, for one without words of its own here."""
    dialect = door.usual
    return {
        "operationId": dialect.name,
        "tags": ["chat"],
        "summary": f"Answer a conversation in the dialect {dialect.name!r}",
        "security": parts.describe_security(),
        "requestBody": {
            "content": {"application/json": {"schema": {"type": "object"}}}
        },
        "responses": {
            "200": {
                "description": "The answer.",
                "headers": parts.refer_to_headers(OF_ANY),
            },
            "default": {
                "description": "No answer, and why.",
                "headers": parts.refer_to_headers(OF_ANY),
                "content": {dialect.error_type.partition(";")[0]: {}},
            },
        },
    }
