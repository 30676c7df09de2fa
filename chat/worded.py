"""Questions that the database is asked every second: Django words each of them once."""

from typing import Any

from django.db import connection
from django.db.models import QuerySet


class Worded:
    """The rows of a query. To word it takes Django some ten times as long as SQLite to
    answer it."""

    def __init__(self, query: QuerySet[Any, tuple[Any, ...]]) -> None:
        """`query` asks for tuples: it has `values_list`."""
        self._compiler = query.query.get_compiler(connection=connection)
        self._sql, self._values = self._compiler.as_sql()
        columns = self._compiler.select[: self._compiler.col_count]
        self._converters = self._compiler.get_converters([c for c, _, _ in columns])

    def ask(self) -> list[tuple[Any, ...]]:
        """Return the rows there are now. Raises what the database raises."""
        with connection.cursor() as cursor:
            cursor.execute(self._sql, self._values)
            rows = cursor.fetchall()
        return [
            tuple(row)
            for row in self._compiler.apply_converters(rows, self._converters)
        ]
