"""Queries that are asked every second: Django compiles each of them to SQL once."""

from typing import Any, cast

from django.db import connection
from django.db.models import QuerySet

Row = tuple[Any, ...]


class CompiledQuery:
    """A query, compiled when this is made. To compile it takes Django some ten times as
    long as SQLite takes to answer it."""

    def __init__(self, query: QuerySet[Any, Row]) -> None:
        """`query` asks for tuples: it has `values_list`."""
        self._compiler = query.query.get_compiler(connection=connection)
        self._sql, self._values = self._compiler.as_sql()
        columns = self._compiler.select[: self._compiler.col_count]
        self._converters = self._compiler.get_converters([c for c, _, _ in columns])

    def ask(self) -> list[Row]:
        """Return the rows there are now. Raises what the database raises."""
        return self.read(self.fetch())

    def fetch(self) -> list[Row]:
        """Return the rows as the driver has them, for `read`: it takes less to see by
        these whether any has changed. Raises what the database raises."""
        with connection.cursor() as cursor:
            cursor.execute(self._sql, self._values)
            return cast("list[Row]", cursor.fetchall())

    def read(self, fetched: list[Row]) -> list[Row]:
        """Return the rows of `fetch` with the values that Django would give."""
        found = self._compiler.apply_converters(fetched, self._converters)
        return [tuple(row) for row in found]
