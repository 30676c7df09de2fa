"""The id of the request being served; on every answer, log line and call to Z.AI."""

import secrets
import time
from contextvars import ContextVar

current: ContextVar[str] = ContextVar("request_id", default="-")


def new() -> str:
    """`req_`, the time in milliseconds and 64 random bits: 31 characters that sort."""
    return f"req_{time.time_ns() // 1_000_000:011x}{secrets.token_hex(8)}"
