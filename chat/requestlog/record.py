"""What is written of a request, on its way from the exchange to the database."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Struct

from chat.conversation import Message
from chat.ending import Ending


class Row(Struct, kw_only=True):
    """A row of `RequestLog`, column by column. None: not known, or not measured."""

    id: str
    created_at: datetime
    dialect: str
    path: str
    process: str
    address: str | None = None
    user_agent: str = ""
    user_id: str | None = None
    question: str = ""
    model: str | None = None
    answered_model: str | None = None
    parameters: dict[str, Any] = msgspec.field(default_factory=dict)
    streamed: bool | None = None
    status: int | None = None
    error_status: int | None = None
    ending: str | None = None
    answer: str | None = None
    whose: str | None = None
    finish_reason: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    upstream_id: str | None = None
    tries: int | None = None
    first_event_ms: int | None = None
    first_word_ms: int | None = None
    duration_ms: int | None = None
    events: int | None = None
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    completion_tokens: int | None = None
    reasoning_tokens: int | None = None
    cost_usd: Decimal | None = None
    repaired_names: str | None = None
    stop_requested: bool = False


def interrupted(row: Any, answered_model: str | None) -> Row:
    """Return what is counted of `row`, open until its process was taken for dead."""
    return Row(
        id=row.id,
        created_at=row.created_at,
        dialect=row.dialect,
        path=row.path,
        process=row.process,
        answered_model=answered_model,
        ending=Ending.INTERRUPTED,
    )


class Text(Struct, kw_only=True):
    """What was said: the conversation asked about, and what came back so far."""

    messages: list[Message]
    answer: Message | None = None
    reasoning: str = ""
    extra: dict[str, Any] | None = None


class Record(Struct):
    """A row as it is to be stored, open (no ending) or closed; `text` if it is kept.

    `tries` says how often the database had no time for it while it had for others.
    """

    row: Row
    text: Text | None = None
    tries: int = 0

    @property
    def is_closed(self) -> bool:
        return self.row.ending is not None


decode_record = msgspec.json.Decoder(Record).decode
encode_record = msgspec.json.Encoder().encode


def without_text(record: Record) -> Record:
    return Record(msgspec.structs.replace(record.row, question=""))


def bare(record: Record) -> Record:
    """Return what must be known of a request, and no value that could be a fault."""
    row = record.row
    return Record(
        Row(
            id=row.id,
            created_at=row.created_at,
            dialect=row.dialect,
            path=row.path,
            process=row.process,
            ending=row.ending,
            status=row.status,
            error_status=row.error_status,
            answer=row.answer,
            whose=row.whose,
        )
    )
