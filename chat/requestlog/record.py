"""What is written of a request, on its way from the exchange to the database."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Struct

from chat.conversation import Message
from chat.models import RequestLog


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
    client_id: int | None = None
    admitted_by: str | None = None
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
    attempts: str | None = None  # `Attempt`s of upstream, as JSON
    waited_ms: int | None = None
    first_event_ms: int | None = None
    first_sign_ms: int | None = None
    first_word_ms: int | None = None
    duration_ms: int | None = None
    events: int | None = None
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    completion_tokens: int | None = None
    reasoning_tokens: int | None = None
    cost_usd: Decimal | None = None
    charged_usd: Decimal | None = None
    is_estimated: bool | None = None
    reserved_usd: Decimal | None = None
    prompt_estimate: int | None = None
    repaired_names: str | None = None
    presumed: bool | None = None  # closed by others, who may know less
    stop_requested: bool = False


COUNTED = (
    *("answered_model", "ending", "prompt_tokens", "cached_tokens"),
    *("completion_tokens", "reasoning_tokens", "cost_usd"),
    *("first_sign_ms", "first_word_ms", "duration_ms"),
    *("client_id", "user_id", "admitted_by", "charged_usd", "is_estimated"),
    *("address", "answer", "whose", "error_code"),
)


def counted(stored: RequestLog) -> Row:
    """Return what the sums have of a row that is stored."""
    row = Row(
        id=stored.pk,
        created_at=stored.created_at,
        dialect=stored.dialect,
        path=stored.path,
        process=stored.process,
    )
    figures = {name: getattr(stored, name) for name in COUNTED}
    return msgspec.structs.replace(row, **figures)


class Text(Struct, kw_only=True):
    """What was said: the conversation asked about, and what came back so far.

    `messages` is None where the opening of the same request has them.
    """

    messages: list[Message] | None = None
    answer: Message | None = None
    reasoning: str = ""
    extra: dict[str, Any] | None = None


class Record(Struct):
    """A row as it is to be stored, open (no ending) or closed; `text` if it is kept.

    `tries` says how often the database had no time for it while it had for others;
    `corrects` that an ending was written down before which did not come about.
    """

    row: Row
    text: Text | None = None
    tries: int = 0
    corrects: bool = False

    @property
    def is_closed(self) -> bool:
        return self.row.ending is not None


decode_record = msgspec.json.Decoder(Record).decode
encode_record = msgspec.json.Encoder().encode


def without_text(record: Record) -> Record:
    row = msgspec.structs.replace(record.row, question="")
    return Record(row, corrects=record.corrects)


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
            client_id=row.client_id,
            admitted_by=row.admitted_by,
            charged_usd=row.charged_usd,
            is_estimated=row.is_estimated,
        ),
        corrects=record.corrects,
    )
