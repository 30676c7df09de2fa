"""The cursor that the log is written through, and statements for several rows at once.

Django looks at each statement again, to make it SQLite's; the log has ever the same
few, and for most of them that costs more than to execute them.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from typing import Any, Protocol, TypeVar

from django.db import connection

T = TypeVar("T")

# SQLite's driver knows by its text what it has prepared: so there are few texts, each
# for one of these numbers of rows. PostgreSQL is asked as seldom as can be.
SIZES = (32, 16, 8, 4, 2, 1)
MOST = 50


class Cursor(Protocol):
    """What is used of a cursor, Django's or a driver's; each value stands for a %s."""

    def execute(self, sql: str, values: Sequence[Any] = ...) -> Any: ...

    def executemany(self, sql: str, values: Sequence[Sequence[Any]]) -> Any: ...

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...


@contextmanager
def plain_cursor() -> Iterator[Cursor]:
    """Use this thread's connection, within a transaction; raises Django's errors."""
    if connection.vendor != "sqlite" or connection.execute_wrappers:
        with connection.cursor() as cursor:
            yield cursor
        return
    raw = connection.connection.cursor()
    try:
        yield _Plain(raw, connection.wrap_database_errors)
    finally:
        raw.close()


def in_chunks(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """Cut `rows` into pieces, one for each statement."""
    start, count = 0, len(rows)
    sizes = SIZES if connection.vendor == "sqlite" else (MOST, count % MOST)
    for size in sizes:
        while size and count - start >= size:
            yield rows[start : start + size]
            start += size


@lru_cache
def places(columns: int, rows: int) -> str:
    """Return where the values of so many rows go in a statement."""
    return ", ".join([f"({', '.join(['%s'] * columns)})"] * rows)


class _Plain:
    """SQLite's own; `errors` makes Django's of its errors."""

    def __init__(
        self, raw: sqlite3.Cursor, errors: AbstractContextManager[None]
    ) -> None:
        self._raw = raw
        self._errors = errors

    def execute(self, sql: str, values: Sequence[Any] = ()) -> None:
        with self._errors:
            self._raw.execute(_native(sql), values)

    def executemany(self, sql: str, values: Sequence[Sequence[Any]]) -> None:
        with self._errors:
            self._raw.executemany(_native(sql), values)

    def fetchone(self) -> Any:
        with self._errors:
            return self._raw.fetchone()

    def fetchall(self) -> list[Any]:
        with self._errors:
            return self._raw.fetchall()


@lru_cache(maxsize=256)
def _native(sql: str) -> str:
    return sql.replace("%s", "?")
