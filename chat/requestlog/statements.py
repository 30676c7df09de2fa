"""The SQL of the log: plain, for the ORM's batches would hold up the event loop.

Works on SQLite (3.35) and PostgreSQL alike; every statement may be repeated.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from django.db import connection

from chat.ending import Ending
from chat.models import RequestLog, RequestText
from chat.requestlog.chain import Link
from chat.requestlog.columns import COLUMNS, TABLE, as_json, plain, values_of
from chat.requestlog.cursor import Cursor, in_chunks, places
from chat.requestlog.record import Record, Row, counted

TextRow = tuple[Any, ...]

ROWS_AT_ONCE = 50
LINKS_AT_ONCE = 100
BYTES_AT_ONCE = 1_000_000

_CHANGED = [c for c in COLUMNS if c not in ("id", "created_at", "stop_requested")]
_INSERT = f"INSERT INTO {TABLE} ({', '.join(COLUMNS)}) VALUES "
_KEEP = " ON CONFLICT (id) DO NOTHING"
_CLOSE = (
    " ON CONFLICT (id) DO UPDATE SET "
    + ", ".join(f"{c} = excluded.{c}" for c in _CHANGED)
    + f" WHERE {TABLE}.ending IS NULL RETURNING id"
)

_TEXT = (
    "INSERT INTO chat_requesttext"
    " (request_id, created_at, prompt_id, answer_id, reasoning, extra)"
    " VALUES (%s, %s, %s, %s, %s, %s)"
)


def insert_links(cursor: Cursor, links: Sequence[Link]) -> None:
    # In one order everywhere, or two processes could wait for each other.
    for slice_ in _link_slices(sorted(links, key=lambda link: link.id)):
        for some in in_chunks(slice_):
            cursor.execute(
                _links(len(some)), [value for link in some for value in _columns(link)]
            )


def insert_open(cursor: Cursor, rows: Sequence[Row]) -> None:
    """Store rows that are not there yet."""
    for some in in_chunks(rows):
        cursor.execute(_rows(len(some), _KEEP), _flat(some))


def close(cursor: Cursor, rows: Sequence[Row]) -> set[str]:
    """Store rows that have ended; return the ids of those that were not closed yet."""
    closed: set[str] = set()
    for some in in_chunks(rows):
        cursor.execute(_rows(len(some), _CLOSE), _flat(some))
        closed |= {identity for (identity,) in cursor.fetchall()}
    return closed


def reopen(cursor: Cursor, records: Sequence[Record]) -> list[Row]:
    """Open again those of the closed rows of `records` about which they know better.

    Return what was closed, so that it can be taken out of the sums. Better than others
    knows a process how its request ended; and better than before, what corrects.
    """
    known = {record.row.id: record for record in records}
    found: list[RequestLog] = []
    for some in _slices([record.row for record in records]):
        stored = RequestLog.objects.select_for_update().exclude(ending=None)
        rows = stored.filter(pk__in=[row.id for row in some]).order_by("pk")
        found += [row for row in rows if _knows_better(known[row.pk], row)]
    for few in _slices([counted(row) for row in found]):
        cursor.execute(
            f"UPDATE {TABLE} SET ending = NULL WHERE id IN {places(len(few), 1)}",
            [row.id for row in few],
        )
    return [counted(row) for row in found]


def _knows_better(record: Record, stored: RequestLog) -> bool:
    if record.corrects or stored.presumed:
        return True
    # Closed by others as well, and thought to be certain, or by an older version.
    is_guess = stored.ending == Ending.INTERRUPTED and stored.duration_ms is None
    return is_guess and record.row.duration_ms is not None


def prompts_of(identities: Sequence[str]) -> dict[str, str | None]:
    """Return where the conversations of requests end, by request id."""
    found: dict[str, str | None] = {}
    for i in range(0, len(identities), ROWS_AT_ONCE):
        texts = RequestText.objects.filter(pk__in=identities[i : i + ROWS_AT_ONCE])
        found |= dict(texts.values_list("pk", "prompt_id"))
    return found


def insert_prompts(cursor: Cursor, texts: Sequence[TextRow]) -> None:
    """Store (id, created_at, prompt, answer, reasoning, extra) of open requests; the
    prompt alone of those that have ended without one."""
    if texts:
        cursor.executemany(
            _TEXT + " ON CONFLICT (request_id) DO UPDATE"
            " SET prompt_id = excluded.prompt_id"
            " WHERE chat_requesttext.prompt_id IS NULL",
            _said(texts),
        )


def insert_texts(cursor: Cursor, texts: Sequence[TextRow]) -> None:
    """Store the same of requests that have ended, over what there is."""
    if texts:
        cursor.executemany(
            _TEXT + " ON CONFLICT (request_id) DO UPDATE SET"
            " answer_id = excluded.answer_id,"
            " reasoning = excluded.reasoning, extra = excluded.extra",
            _said(texts),
        )


def _said(texts: Sequence[TextRow]) -> list[TextRow]:
    adapt = connection.ops.adapt_datetimefield_value
    return [
        (key, adapt(at), prompt, answer, plain(reasoning), as_json(extra))
        for key, at, prompt, answer, reasoning, extra in texts
    ]


def _columns(link: Link) -> tuple[str | None, ...]:
    return link.id, link.predecessor, link.role, link.body


def _link_slices(links: Sequence[Link]) -> Iterable[list[Link]]:
    some: list[Link] = []
    size = 0
    for link in links:
        if some and (len(some) == LINKS_AT_ONCE or size > BYTES_AT_ONCE):
            yield some
            some, size = [], 0
        some.append(link)
        size += len(link.body)
    if some:
        yield some


def _slices(rows: Sequence[Row]) -> Iterable[Sequence[Row]]:
    return (rows[i : i + ROWS_AT_ONCE] for i in range(0, len(rows), ROWS_AT_ONCE))


def _flat(rows: Sequence[Row]) -> list[Any]:
    return [value for row in rows for value in values_of(row)]


@lru_cache
def _rows(count: int, where_there: str) -> str:
    return _INSERT + places(len(COLUMNS), count) + where_there


@lru_cache
def _links(count: int) -> str:
    return (
        "INSERT INTO chat_message (id, predecessor_id, role, body)"
        f" VALUES {places(4, count)} ON CONFLICT (id) DO NOTHING"
    )
