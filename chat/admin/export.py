"""Requests as a file, written while they are read: by key, a slice at a time."""

import csv
import io
import json
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC
from typing import Any

from asgiref.sync import sync_to_async
from django.db import close_old_connections
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.utils import timezone

from chat.admin.conversation import messages_up_to
from chat.admin.narrowing import Requests
from chat.admin.paging import Key
from chat.models import Message, RequestLog

SLICE = 500
SLICE_WITH_TEXT = 50
MOST_MESSAGES = 10_000
# What a spreadsheet takes for the start of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")

COLUMNS = [
    *("id", "created_at", "dialect", "path", "address", "user_agent", "user_id"),
    *("question", "model", "answered_model", "parameters", "streamed", "status"),
    *("ending", "finish_reason", "error_code", "error_message", "upstream_id", "tries"),
    *("first_event_ms", "first_word_ms", "duration_ms", "events", "prompt_tokens"),
    *("cached_tokens", "completion_tokens", "reasoning_tokens", "cost_usd"),
]
TEXT_COLUMNS = ["messages", "reasoning", "answer"]

Row = dict[str, Any]
Writer = Callable[[list[Row], list[str], bool], str]


def export(
    requests: Requests, request: HttpRequest, kind: str
) -> StreamingHttpResponse:
    """Return `requests` as `csv` or `jsonl`, with what was said if it has `?text=1`."""
    if kind not in KINDS:
        raise Http404(kind)
    content_type, write = KINDS[kind]
    with_text = request.GET.get("text") == "1"
    name = f"requests-{timezone.now():%Y%m%d-%H%M%S}.{kind}"
    return StreamingHttpResponse(
        _written(requests, with_text, write),
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


async def _written(
    requests: Requests, with_text: bool, write: Writer
) -> AsyncIterator[str]:
    """A slice in memory at a time, and between slices no connection in hand.

    Under ASGI a plain iterator would be consumed whole before the first byte.
    """
    columns = COLUMNS + TEXT_COLUMNS if with_text else COLUMNS
    slices = _slices(requests.defer(None), with_text)
    is_first = True
    while (rows := await sync_to_async(_next)(slices)) is not None:
        yield write(rows, columns, is_first)
        is_first = False


def _next(slices: Iterator[list[Row]]) -> list[Row] | None:
    try:
        return next(slices, None)
    finally:
        close_old_connections()


def _slices(requests: Requests, with_text: bool) -> Iterator[list[Row]]:
    if with_text:
        requests = requests.select_related("text")
    size = SLICE_WITH_TEXT if with_text else SLICE
    here, is_first = requests, True
    while (found := list(here[:size])) or is_first:
        yield [_row(request, with_text) for request in found]
        if len(found) < size:
            return
        here, is_first = requests.filter(Key.of(found[-1]).older()), False


def _row(request: RequestLog, with_text: bool) -> Row:
    row = {name: getattr(request, name) for name in COLUMNS}
    row["created_at"] = request.created_at.astimezone(UTC).isoformat()
    if with_text:
        row |= _said(request)
    return row


def _said(request: RequestLog) -> Row:
    text = getattr(request, "text", None)
    if text is None:
        return dict.fromkeys(TEXT_COLUMNS)
    messages = messages_up_to(text.prompt_id, MOST_MESSAGES)
    answer = Message.objects.filter(pk=text.answer_id).first()
    return {
        "messages": [message.body for message in messages],
        "reasoning": text.reasoning,
        "answer": answer.body if answer else None,
    }


def _csv(rows: list[Row], columns: list[str], is_first: bool) -> str:
    file = io.StringIO()
    writer = csv.writer(file)
    if is_first:
        writer.writerow(columns)
    writer.writerows([_cell(value) for value in row.values()] for row in rows)
    return file.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value


def _json_lines(rows: list[Row], columns: list[str], is_first: bool) -> str:
    return "".join(
        json.dumps(row, ensure_ascii=False, default=float) + "\n" for row in rows
    )


KINDS = {
    "csv": ("text/csv; charset=utf-8", _csv),
    "jsonl": ("application/x-ndjson; charset=utf-8", _json_lines),
}
NAMES = [("csv", "CSV"), ("jsonl", "JSON Lines")]
