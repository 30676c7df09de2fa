"""The words of answers, so that the admin finds them: kept where the operator wants it.

PostgreSQL's full text search, or SQLite's FTS5: a table beside the log, which a
migration made and no model has. Both get words that were taken apart here, so that both
find the same.
"""

import logging
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from chat.requestlog.cursor import Cursor
from chat.requestlog.record import Record

logger = logging.getLogger(__name__)

TABLE = "chat_answerwords"
# Of a longer answer the beginning is found; PostgreSQL takes 1 MB.
MOST_CHARACTERS = 200_000
MOST_WORDS = 30
AT_ONCE = 200

_NO_WORD = re.compile(r"[\W_]+")
# Written without spaces: each character is a word, and a word a phrase of them.
_APART = re.compile(
    "([\u1100-\u11ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff])"
)
_QUOTED = re.compile(r'"([^"]*)"|(\S+)')
_REQUEST_ID = re.compile(r"req_[0-9a-f]{27}")


def add(cursor: Cursor, records: Iterable[Record]) -> None:
    """Keep the words of the answers of `records`, in the transaction of their rows.

    What goes wrong is told in the log, and hinders no row.
    """
    if not settings.ADMIN_SEARCH_ANSWERS or not is_there():
        return
    found = [(r.row.id, r.row.created_at, text) for r in records if (text := _text(r))]
    if not found:
        return
    try:
        with transaction.atomic():
            insert(cursor, found)
    except DatabaseError as error:
        reason = str(error).partition("\n")[0]
        logger.error("Words of %d answers cannot be kept: %s", len(found), reason)


def insert(cursor: Cursor, answers: Sequence[tuple[str, Any, str]]) -> None:
    """Keep the words of (request id, when it was asked, answer)."""
    if connection.vendor == "postgresql":
        cursor.executemany(
            f"INSERT INTO {TABLE} (request_id, created_at, words)"
            " VALUES (%s, %s, to_tsvector('simple', %s))"
            " ON CONFLICT (request_id) DO UPDATE SET words = excluded.words",
            [(key, at, " ".join(taken_apart(text))) for key, at, text in answers],
        )
    else:
        cursor.executemany(
            f"INSERT OR REPLACE INTO {TABLE} (rowid, request_id, words)"
            " VALUES (%s, %s, %s)",
            [(_number(k), k, " ".join(taken_apart(text))) for k, _, text in answers],
        )


def forget(cursor: Cursor, identities: Sequence[str]) -> None:
    if not identities or not is_there():
        return
    is_postgresql = connection.vendor == "postgresql"
    keys = identities if is_postgresql else [_number(one) for one in identities]
    name = "request_id" if is_postgresql else "rowid"
    places = ", ".join(["%s"] * len(keys))
    cursor.execute(f"DELETE FROM {TABLE} WHERE {name} IN ({places})", list(keys))


def clear() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {TABLE}")


def find(term: str, most: int) -> list[str]:
    """Return the ids of the newest requests whose answers have every word of `term`, or
    "quoted phrase"."""
    phrases = phrases_of(term)
    if not phrases or not is_there():
        return []
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            query = " && ".join(["phraseto_tsquery('simple', %s)"] * len(phrases))
            cursor.execute(
                f"SELECT request_id FROM {TABLE} WHERE words @@ ({query})"
                " ORDER BY created_at DESC LIMIT %s",
                [*phrases, most],
            )
        else:
            cursor.execute(
                f"SELECT request_id FROM {TABLE} WHERE {TABLE} MATCH %s"
                " ORDER BY rowid DESC LIMIT %s",
                [" ".join(f'"{phrase}"' for phrase in phrases), most],
            )
        return [identity for (identity,) in cursor.fetchall()]


def taken_apart(text: str) -> list[str]:
    """Return the words of `text`, each in small letters."""
    plain = unicodedata.normalize("NFKC", text[:MOST_CHARACTERS]).casefold()
    return _APART.sub(r" \1 ", _NO_WORD.sub(" ", plain)).split()


def phrases_of(term: str) -> list[str]:
    found = (quoted or word for quoted, word in _QUOTED.findall(term))
    phrases = (" ".join(taken_apart(one)) for one in found)
    return [phrase for phrase in phrases if phrase][:MOST_WORDS]


@cache
def is_there() -> bool:
    """Whether the table is; a SQLite that was built without FTS5 has none."""
    with connection.cursor() as cursor:
        return TABLE in connection.introspection.table_names(cursor)


def _text(record: Record) -> str:
    answer = record.text.answer if record.text else None
    content = answer.get("content") if answer else None
    return content if isinstance(content, str) else ""


def _number(identity: str) -> int:
    """A row's number, which sorts as request ids do: by time, and then at random."""
    if _REQUEST_ID.fullmatch(identity):
        return int(identity[4:20], 16) >> 1
    return int.from_bytes(blake2b(identity.encode(), digest_size=8).digest()) >> 1
