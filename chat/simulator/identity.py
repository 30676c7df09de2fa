"""The ids Z.AI gives to answers and tool calls."""

import secrets
from datetime import UTC, datetime, timedelta, timezone

_BEIJING = timezone(timedelta(hours=8))


def new_id(later: float = 0.0) -> str:
    """`YYYYMMDDHHMMSS` in UTC+8 and 16 hex digits, as recorded.

    `later` is in seconds: an attempt that Z.AI makes later has a later id.
    """
    moment = datetime.now(UTC).astimezone(_BEIJING) + timedelta(seconds=later)
    return f"{moment:%Y%m%d%H%M%S}{secrets.token_hex(8)}"


def streamed_call_id() -> str:
    return f"call_{secrets.token_hex(12)}"


def call_id() -> str:
    """Unstreamed answers number their tool calls with a signed 64-bit integer."""
    return f"call_-{secrets.randbits(62) | 1 << 61}"
