"""Questions that the database is asked every second: Django words each of them once."""

from typing import Any, cast

from django.db import connection
from django.db.models import QuerySet

Row = tuple[Any, ...]


class Worded:
    """The rows of a query. To word it takes Django some ten times as long as SQLite to
    answer it."""

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
        """Return them as its driver has them: to see whether any has changed."""
        with connection.cursor() as cursor:
            cursor.execute(self._sql, self._values)
            return cast("list[Row]", cursor.fetchall())

    def read(self, fetched: list[Row]) -> list[Row]:
        """Return rows that were fetched as Django has them."""
        found = self._compiler.apply_converters(fetched, self._converters)
        return [tuple(row) for row in found]
