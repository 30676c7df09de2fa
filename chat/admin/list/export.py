"""Requests as a file: by key, a slice at a time, and one conversation at a time."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import TextField
from django.db.models.functions import Cast
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from chat.admin.download import Piece, download
from chat.admin.list.narrowing import Requests
from chat.admin.list.paging import Key
from chat.admin.permissions import may_read
from chat.admin.request.conversation import all_messages
from chat.admin.request.sent import as_object, sent_with
from chat.admin.trail import describe_filters, note
from chat.admin.verdict import answer_of, whose_of
from chat.models import RequestLog, RequestText

SLICE = 500
SLICE_WITH_TEXT = 50
ENOUGH = 250_000  # characters in a piece, unless one conversation has more
MOST_MESSAGES = 10_000
BOM = "\ufeff"
# What a spreadsheet takes for the start of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")

COLUMNS = [
    *("id", "created_at", "dialect", "path", "address", "user_agent", "user_id"),
    *("question", "model", "answered_model", "parameters", "streamed", "status"),
    *("error_status", "ending", "answer_state", "whose", "finish_reason", "error_code"),
    *("error_message", "upstream_id", "tries", "attempts", "waited_ms"),
    *("first_event_ms", "first_sign_ms", "first_word_ms", "duration_ms", "events"),
    *(
        "prompt_tokens",
        "cached_tokens",
        "completion_tokens",
        "reasoning_tokens",
        "cost_usd",
    ),
    *("repaired_names", "presumed"),
    *("client", "admitted_by", "charged_usd", "is_estimated"),
]
# `answer` is what was said, as it always was.
NAMED_OTHERWISE = {"answer_state": "answer"}
QUESTION = "question"  # its first words: text, and not a figure
TEXT_COLUMNS = ["messages", "reasoning", "answer"]


class Json(str):
    """JSON as it was stored. It is not read: what is nested deeply could not be."""


Row = dict[str, Any]
Heading = Callable[[list[str]], str]
Writer = Callable[[Row], str]


def export(
    requests: Requests, request: HttpRequest, kind: str, one: str | None = None
) -> HttpResponseBase:
    """Return `requests` as `csv` or `jsonl`, with what was said if it has `?text=1`.

    With `one`, the id of a request, that alone and with what was said.
    """
    if kind not in KINDS:
        raise Http404(kind)
    content_type, heading, write = KINDS[kind]
    with_text = one is not None or request.GET.get("text") == "1"
    reads = may_read(request)
    if with_text and not reads:
        raise PermissionDenied
    if one is not None:
        requests = requests.filter(pk=one)
    which = "one request" if one else describe_filters(request)
    said = f"Exported as {kind}{' with text' if with_text else ''}: {which}."
    name = f"{one or 'requests'}-{timezone.now():%Y%m%d-%H%M%S}.{kind}"
    columns = COLUMNS if reads else [name for name in COLUMNS if name != QUESTION]
    pieces = _pieces(requests.defer(None), columns, with_text, heading, write)
    return download(
        request, pieces, lambda: note(request, said, one), content_type, name
    )


def _pieces(
    requests: Requests,
    columns: list[str],
    with_text: bool,
    heading: Heading,
    write: Writer,
) -> Iterator[Piece]:
    yield heading(columns + TEXT_COLUMNS if with_text else columns), 0
    for some in _slices(requests, SLICE_WITH_TEXT if with_text else SLICE):
        texts: list[str] = []
        for request in some:
            texts.append(write(_row(request, columns, with_text)))
            if sum(map(len, texts)) > ENOUGH:
                yield "".join(texts), len(texts)
                texts.clear()
        yield "".join(texts), len(texts)


def _slices(requests: Requests, size: int) -> Iterator[list[RequestLog]]:
    here = requests
    while found := list(here[:size]):
        yield found
        if len(found) < size:
            return
        here = requests.filter(Key.of(found[-1]).older())


def _row(request: RequestLog, columns: list[str], with_text: bool) -> Row:
    row = {name: getattr(request, NAMED_OTHERWISE.get(name, name)) for name in columns}
    row["client"] = request.client and request.client.name
    row["created_at"] = request.created_at.astimezone(UTC).isoformat()
    row["answer_state"], row["whose"] = answer_of(request), whose_of(request)
    row["attempts"] = Json(request.attempts) if request.attempts else None
    if with_text:
        row |= _said(request)
    return row


def _said(request: RequestLog) -> Row:
    extra = Cast("extra", TextField())
    texts = RequestText.objects.filter(pk=request.pk).defer("extra")
    text = texts.annotate(extra_text=extra).first()
    if text is None:
        return dict.fromkeys(TEXT_COLUMNS)
    messages = ", ".join(all_messages(text.prompt_id, MOST_MESSAGES))
    answer = all_messages(text.answer_id, 1)
    return {
        # With tools and formats, which are the caller's words.
        "parameters": Json(as_object(sent_with(request, text.extra_text))),
        "messages": Json(f"[{messages}]"),
        "reasoning": text.reasoning,
        "answer": Json(answer[0]) if answer else None,
    }


def _csv_heading(columns: list[str]) -> str:
    """A byte order mark comes first: without, Excel takes UTF-8 for something else."""
    return BOM + _csv_line(columns)


def _csv_row(row: Row) -> str:
    return _csv_line([_cell(value) for value in row.values()])


def _csv_line(cells: list[Any]) -> str:
    file = io.StringIO()
    csv.writer(file).writerow(cells)
    return file.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value


def _json_row(row: Row) -> str:
    fields = [f"{json.dumps(name)}: {_as_json(value)}" for name, value in row.items()]
    return f"{{{', '.join(fields)}}}\n"


def _as_json(value: Any) -> str:
    if isinstance(value, Json):
        return value
    return json.dumps(value, ensure_ascii=False, default=float)


KINDS: dict[str, tuple[str, Heading, Writer]] = {
    "csv": ("text/csv; charset=utf-8", _csv_heading, _csv_row),
    "jsonl": ("application/x-ndjson; charset=utf-8", lambda columns: "", _json_row),
}
NAMES = [("csv", "CSV"), ("jsonl", "JSON Lines")]
