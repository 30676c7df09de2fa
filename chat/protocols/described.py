"""A failure in the fields that the JSON of several dialects has for it."""

from typing import Any

from chat.failures import Failure


def described(failure: Failure) -> dict[str, Any]:
    return {
        "message": failure.message,
        "type": failure.type,
        "code": failure.code,
        "param": failure.param,
    }


def described_late(failure: Failure, request_id: str) -> dict[str, Any]:
    """The same for a stream: with what came too late for status and headers."""
    late = {"request_id": request_id, "status": failure.status}
    if failure.come_back_in:
        late["retry_after"] = failure.come_back_in
    return {**described(failure), **late}
