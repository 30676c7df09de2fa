"""Rows for tests, made through the ORM: requests, what was said, conversations."""

import hashlib
import itertools
from datetime import UTC, datetime
from typing import Any

import msgspec

from chat.models import Message, RequestLog, RequestText

_numbers = itertools.count(1)

HELLO = {"role": "user", "content": "Hello"}
HI = {"role": "assistant", "content": "Hi there."}

COMPLETED = {
    "dialect": "native",
    "path": "/api/chat",
    "address": "203.0.113.7",
    "user_agent": "Mozilla/5.0",
    "question": "Hello",
    "model": "glm-4.6",
    "answered_model": "glm-4.6",
    "parameters": {"temperature": 0.7, "max_tokens": 2048},
    "streamed": True,
    "status": 200,
    "ending": "completed",
    "finish_reason": "stop",
    "tries": 1,
    "first_event_ms": 420,
    "first_sign_ms": 450,
    "first_word_ms": 480,
    "duration_ms": 2480,
    "events": 52,
    "prompt_tokens": 12,
    "cached_tokens": 0,
    "completion_tokens": 50,
    "reasoning_tokens": 0,
    "cost_usd": "0.000117",
    "process": "test-process",
}

OPEN = dict.fromkeys(
    [
        "answered_model",
        "status",
        "ending",
        "finish_reason",
        "upstream_id",
        "tries",
        "first_event_ms",
        "first_sign_ms",
        "first_word_ms",
        "duration_ms",
        "events",
        "prompt_tokens",
        "cached_tokens",
        "completion_tokens",
        "reasoning_tokens",
        "cost_usd",
    ]
)


def row(**fields: Any) -> RequestLog:
    """A request that went well just now, but for `fields`; no text."""
    return RequestLog.objects.create(**values(**fields))


def open_row(**fields: Any) -> RequestLog:
    """A request that is still running."""
    return row(**{**OPEN, **fields})


def values(**fields: Any) -> dict[str, Any]:
    """The columns of a row, for those who write many at once."""
    number = next(_numbers)
    return {
        **COMPLETED,
        "id": f"req_test{number:08d}",
        "upstream_id": f"20261122{number:08d}",
        "created_at": datetime.now(UTC),
        **fields,
    }


def chain(*messages: dict[str, Any], after: Message | None = None) -> Message | None:
    """Store a conversation, each message once; its last message."""
    for message in messages:
        after, _ = Message.objects.get_or_create(
            id=message_id(message, after),
            defaults={
                "predecessor": after,
                "role": message["role"],
                "body": message,
            },
        )
    return after


def message_id(message: dict[str, Any], after: Message | None) -> str:
    named = [after.id if after else None, message]
    encoded = msgspec.json.encode(named, order="deterministic")
    return hashlib.blake2b(encoded, digest_size=16).hexdigest()


def text(
    request: RequestLog,
    messages: list[dict[str, Any]],
    answer: dict[str, Any] | None = HI,
    **fields: Any,
) -> RequestText:
    """Store what was asked in `request`, and what came back."""
    prompt = chain(*messages)
    return RequestText.objects.create(
        request=request,
        created_at=request.created_at,
        prompt=prompt,
        answer=chain(answer, after=prompt) if answer else None,
        **{"reasoning": "", **fields},
    )


def conversation(turns: int, **fields: Any) -> list[RequestLog]:
    """The requests of a conversation that grows by a question and answer a turn."""
    messages: list[dict[str, Any]] = []
    requests = []
    for turn in range(1, turns + 1):
        messages.append({"role": "user", "content": f"Question {turn}"})
        request = row(question=f"Question {turn}", **fields)
        answer = {"role": "assistant", "content": f"Answer {turn}"}
        text(request, messages, answer)
        messages.append(answer)
        requests.append(request)
    return requests
