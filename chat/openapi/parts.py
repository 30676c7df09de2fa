"""What the descriptions of all paths are put together from."""

from typing import Any

from django.conf import settings

Part = dict[str, Any]


def refer_to_schema(name: str) -> Part:
    """Return a reference to the shape of that name."""
    return {"$ref": f"#/components/schemas/{name}"}


def refer_to_headers(*names: str) -> Part:
    """Return references to the `HEADERS` of these names."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def describe_json(description: str, name: str, example: Any) -> Part:
    """Return a response in JSON, of the shape of that name."""
    return {
        "description": description,
        "headers": refer_to_headers("X-Request-ID"),
        "content": {
            "application/json": {"schema": refer_to_schema(name), "example": example}
        },
    }


def describe_body(shapes: list[str], examples: Part) -> Part:
    """Return the body of a request in JSON, of any of the shapes of these names."""
    shape = [refer_to_schema(name) for name in shapes]
    return {
        "required": True,
        "content": {
            "application/json": {
                "schema": shape[0] if len(shape) == 1 else {"anyOf": shape},
                "examples": examples,
            }
        },
    }


def describe_stream(description: str, frames: list[str], examples: Part) -> Part:
    """Return the media type of a text/event-stream.

    `frames` are the names of the shapes of its events. OpenAPI 3.1 has no word for
    these; 3.2 calls it `itemSchema`.
    """
    return {
        "schema": {"type": "string", "description": description},
        "x-itemSchema": {"anyOf": [refer_to_schema(name) for name in frames]},
        "examples": examples,
    }


def describe_security() -> list[Part]:
    """Return who may ask: whoever has a key, or everyone, for the settings here."""
    with_a_key: list[Part] = [{"bearer": []}]
    return with_a_key if settings.CHAT_ACCESS == "keys" else [*with_a_key, {}]


SECURITY_SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A client's key (`zc_…`), or a token that the client's own"
        " server signed for one of its users. Where `CHAT_ACCESS` is `open`, nobody"
        " needs one.",
    }
}
HEADERS = {
    "X-Request-ID": {
        "description": "The request's id: name it to whoever runs the service.",
        "required": True,
        "schema": {"type": "string", "pattern": "^req_[0-9a-f]+$"},
    },
    "Retry-After": {
        "description": "Seconds to wait: until the limit or the budget is new, or what"
        " Z.AI asks for, if it does.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
    "Retry-After-if-known": {
        "description": "Seconds to wait, if Z.AI asks for it.",
        "schema": {"type": "integer", "minimum": 1},
    },
    "Allow": {
        "description": "The methods that are answered here.",
        "required": True,
        "schema": {"type": "string"},
    },
    "WWW-Authenticate": {
        "description": "How to say who asks.",
        "required": True,
        "schema": {"type": "string", "const": "Bearer"},
    },
    # draft-ietf-httpapi-ratelimit-headers-10
    "RateLimit": {
        "description": "Of a limit of ours: what is left of it, and in how many seconds"
        " there is more.",
        "schema": {"type": "string"},
        "example": '"requests";r=0;t=21',
    },
    "RateLimit-Policy": {
        "description": "Of a limit of ours: how many in how many seconds.",
        "schema": {"type": "string"},
        "example": '"requests";q=60;w=60',
    },
    "X-Fallback-Model": {
        "description": "The model that answers in the place of the one that was asked,"
        " if that one is too busy, shut or gone, and the stream was not opened before.",
        "schema": {"type": "string"},
    },
    "X-Budget-Left-USD": {
        "description": "What is left of a budget, once that is less than a fifth.",
        "schema": {"type": "string"},
        "example": "1.25",
    },
    "x-ratelimit-limit-requests": {
        "description": "Of a limit of ours: requests a minute.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "x-ratelimit-remaining-requests": {
        "description": "Of a limit of ours: how many are left.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "x-ratelimit-reset-requests": {
        "description": "Of a limit of ours: when there is more of it.",
        "schema": {"type": "string"},
        "example": "21s",
    },
    "x-should-retry": {
        "description": "`false` where clients need not try again.",
        "schema": {"type": "string", "const": "false"},
    },
    "Cache-Control": {
        "description": "Of a stream: nothing on the way may compress it.",
        "schema": {"type": "string", "const": "no-cache, no-transform"},
    },
    "X-Accel-Buffering": {
        "description": "Of a stream: nginx must not hold it back.",
        "schema": {"type": "string", "const": "no"},
    },
    "X-Workflow-Run-ID": {
        "description": "For `WorkflowChatTransport`: the request's id again.",
        "schema": {"type": "string"},
    },
    "X-Workflow-Stream-Tail-Index": {
        "description": "For `WorkflowChatTransport`: the last chunk's index so far.",
        "schema": {"type": "string", "pattern": "^-?[0-9]+$"},
    },
    "X-Vercel-AI-UI-Message-Stream": {
        "description": "Of a stream for `useChat`: the version of its format.",
        "schema": {"type": "string", "const": "v1"},
    },
}
