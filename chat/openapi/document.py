"""The OpenAPI document as a whole."""

from functools import cache
from typing import Any

import msgspec

from chat.openapi import answers, conversations, lookups, parts
from chat.openapi.schemas import make_schemas
from chat.protocols import dialects
from config.version import read_version

DESCRIPTION = """\
A self-hosted chat backend for Z.AI's GLM models: a conversation in, an answer out,
streamed as it is written or whole.

* Every path answers with and without a trailing slash.
* Where `CHAT_ACCESS` is `keys`, the paths with a lock want `Authorization: Bearer
  <key>`. Where it is `open`, a key is not needed.
* Every answer has an `X-Request-ID`.
* Before the first byte of an answer an error is an HTTP status. After it, an error is
  the last frame of the stream. An answer that broke off never ends as a whole one does.
* Any other path below `/api/`, `/v1/` and `/health/` answers 404 in the same shape as
  the other errors, and so do paths that clients take for those of this service; the
  sentence names the right one.
"""
TAGS = {
    "chat": "The service's own API, and that of `useChat`.",
    "openai": "What speaks to OpenAI speaks to this: `base_url` is `/v1` here.",
    "health": "Is the service alive, and can it be used?",
    "description": "This description.",
}


@cache
def encode_document() -> bytes:
    """Return the document as JSON; it is made once."""
    return msgspec.json.encode(make_document())


def make_document() -> dict[str, Any]:
    """Return the document, for the settings of this process."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "zai-chat-django",
            "version": read_version(),
            "description": DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/", "description": "Where this description came from."}],
        "tags": [{"name": n, "description": words} for n, words in TAGS.items()],
        "paths": describe_paths(),
        "components": {
            "schemas": make_schemas(),
            "headers": parts.HEADERS,
            "securitySchemes": parts.SECURITY_SCHEMES,
        },
    }


def describe_paths() -> dict[str, Any]:
    """Return every path of the API, a new dialect's in general terms at least."""
    doors = {
        door.path: {"post": conversations.describe_door(door)}
        for door in dialects.DOORS
    }
    return doors | {
        "/api/chat": {"post": conversations.describe_chat()},
        "/v1/chat/completions": {"post": conversations.describe_chat_completions()},
        "/v1/responses": {"post": conversations.describe_responses()},
        "/api/chat/{id}/stream": {"get": answers.describe_resuming()},
        "/api/chat/{id}/events": {"get": answers.describe_going_on()},
        "/api/chat/{id}/stop": {"post": answers.describe_stopping()},
        "/v1/models": {"get": lookups.describe_models()},
        "/v1/models/{id}": {"get": lookups.describe_model()},
        "/health": {"get": lookups.describe_health()},
        "/health/live": {"get": lookups.describe_live()},
        "/health/ready": {"get": lookups.describe_ready()},
        "/metrics": {"get": lookups.describe_metrics()},
        "/api/openapi.json": {"get": lookups.describe_description()},
        "/api/docs": {"get": lookups.describe_page()},
    }
