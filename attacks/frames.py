"""Z.AI's answers as bytes: the heads, the events, whole completions."""

import json
from typing import Any

ID = "20261126120000attacked"
CREATED = 1_764_158_400
MODEL = "glm-4.6"
USAGE = {
    "prompt_tokens": 6,
    "completion_tokens": 4,
    "total_tokens": 10,
    "prompt_tokens_details": {"cached_tokens": 2},
}
DONE = b"data: [DONE]\n\n"


def stream_head(*lines: str) -> bytes:
    kinds = ("Content-Type: text/event-stream", "Transfer-Encoding: chunked")
    return head("200 OK", *(lines or kinds))


def whole_head(length: int, status: str = "200 OK") -> bytes:
    return head(status, "Content-Type: application/json", f"Content-Length: {length}")


def head(status: str, *lines: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode("latin-1")


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def event(*choices: Any, **fields: Any) -> bytes:
    """One event; `fields` come on top."""
    shape = {"id": ID, "created": CREATED, "model": MODEL, "choices": list(choices)}
    return b"data: " + encoded({**shape, **fields}) + b"\n\n"


def content(text: str) -> bytes:
    return event({"index": 0, "delta": {"role": "assistant", "content": text}})


def delta(**fields: Any) -> bytes:
    return event({"index": 0, "delta": fields})


def final(finish_reason: Any = "stop", **fields: Any) -> bytes:
    choice = {"index": 0, "delta": {"content": ""}, "finish_reason": finish_reason}
    return event(choice, **{"usage": USAGE, **fields})


def ending() -> list[bytes]:
    return [final(), DONE]


def completion(message: Any = None, **fields: Any) -> bytes:
    told = message or {"role": "assistant", "content": "Hello there."}
    choice = {"index": 0, "finish_reason": "stop", "message": told}
    shape = {"id": ID, "created": CREATED, "model": MODEL, "choices": [choice]}
    return encoded({**shape, "usage": USAGE, **fields})


def error(code: Any, message: Any) -> bytes:
    return encoded({"error": {"code": code, "message": message}})


def encoded(value: Any) -> bytes:
    """As JSON; lone surrogates stay escapes, as a careless server would send them."""
    return json.dumps(value, separators=(",", ":")).encode()
