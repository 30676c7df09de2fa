"""The paths of an answer that goes on, or did."""

from typing import Any

from chat.openapi import errors, parts
from chat.openapi.conversations import OF_A_STREAM
from chat.protocols.dialects import NATIVE

WHO = (
    " Only who asked may: the same client and user (`user_id` says which, where the key"
    " is the client's own). Where `CHAT_ACCESS` is `open`, the request's id is proof"
    " enough, and the chat's id with the cookie that its browser was given."
)
PARAMETERS: list[dict[str, Any]] = [
    {
        "name": "id",
        "in": "path",
        "required": True,
        "description": "The chat's id, as `useChat` has it, or the request's.",
        "schema": {"type": "string", "minLength": 1},
        "example": "chat1",
    },
    {
        "name": "user_id",
        "in": "query",
        "description": "The user for whom it was asked.",
        "schema": {"type": "string"},
    },
]
START_INDEX = {
    "name": "startIndex",
    "in": "query",
    "description": "How many chunks are left out; one below 0 counts from the end.",
    "schema": {"type": "string"},
    "example": "-20",
}
LAST_EVENT_ID = {
    "name": "Last-Event-ID",
    "in": "header",
    "description": "The `id:` of the last frame that came; nothing for all.",
    "schema": {"type": "string"},
}


TAIL = "X-Workflow-Stream-Tail-Index"
GONE = {
    "description": "It is over, and nothing comes after `startIndex`.",
    "headers": parts.refer_to_headers("X-Request-ID"),
}


def describe_resuming() -> dict[str, Any]:
    return _describe(
        "resume",
        "Have an answer again from its beginning, and on as it comes",
        "For `useChat` with `resume`." + WHO,
        [*PARAMETERS, START_INDEX],
        {"410": GONE},
        TAIL,
    )


def describe_going_on() -> dict[str, Any]:
    return _describe(
        "goOn",
        "Go on with an answer after a frame",
        "For answers to bodies with `resumable`, whose frames have an `id:`." + WHO,
        [*PARAMETERS, LAST_EVENT_ID],
    )


def describe_stopping() -> dict[str, Any]:
    stopped = parts.describe_json(
        "Whether there was one to stop.", "StoppedAnswer", {"stopped": True}
    )
    return {
        "operationId": "stop",
        "tags": ["chat"],
        "summary": "Stop an answer",
        "description": "There is no body. What came of it is in the log." + WHO,
        "security": parts.describe_security(),
        "parameters": PARAMETERS,
        "responses": {
            "200": stopped,
            **errors.describe_failures(NATIVE, *errors.ALWAYS, *errors.AT_THE_DOOR),
        },
    }


def _describe(
    name: str,
    summary: str,
    description: str,
    parameters: list[dict[str, Any]],
    further: dict[str, Any] | None = None,
    *headers: str,
) -> dict[str, Any]:
    stream = {"schema": {"type": "string", "description": "As it was sent before."}}
    return {
        "operationId": name,
        "tags": ["chat"],
        "summary": summary,
        "description": description,
        "security": parts.describe_security(),
        "parameters": parameters,
        "responses": {
            "200": {
                "description": "The frames, as they were sent and as they come.",
                "headers": parts.refer_to_headers(*OF_A_STREAM, *headers),
                "content": {"text/event-stream": stream},
            },
            "204": {
                "description": "There is nothing to go on with.",
                "headers": parts.refer_to_headers("X-Request-ID"),
            },
            **(further or {}),
            **errors.describe_failures(NATIVE, *errors.ALWAYS, *errors.AT_THE_DOOR),
        },
    }
