"""What the descriptions of all paths are put together from."""

from typing import Any

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


HEADERS = {
    "X-Request-ID": {
        "description": "The request's id: name it to whoever runs the service.",
        "required": True,
        "schema": {"type": "string", "pattern": "^req_[0-9a-f]+$"},
    },
    "Retry-After": {
        "description": "Seconds to wait: what Z.AI asks for, if it does.",
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
    "x-should-retry": {
        "description": "`false` where OpenAI's clients need not try again.",
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
    "X-Vercel-AI-UI-Message-Stream": {
        "description": "Of a stream for `useChat`: the version of its format.",
        "schema": {"type": "string", "const": "v1"},
    },
}
