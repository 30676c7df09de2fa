"""How many rows a table has: counted while that is quick, else estimated."""

from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Model

# So many are counted one by one.
COUNTED = 100_000


class Rows(NamedTuple):
    number: int
    is_estimate: bool


def rows_of(model: type[Model]) -> Rows:
    quote = connection.ops.quote_name
    table = model._meta.db_table
    counted = f"SELECT COUNT(*) FROM (SELECT 1 FROM {quote(table)} LIMIT %s) AS few"  # noqa: S608
    number = _asked(counted, [COUNTED + 1])
    if number <= COUNTED:
        return Rows(number, False)
    return Rows(max(_estimated(table), COUNTED), True)


def _estimated(table: str) -> int:
    """As PostgreSQL's own housekeeping has it; SQLite numbers rows as they come, and
    the oldest go first."""
    if connection.vendor == "postgresql":
        sql = "SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass"
        return _asked(sql, [table])
    name = connection.ops.quote_name(table)
    # Each by itself: one end of the table, and not all of it.
    sql = f"SELECT (SELECT MAX(rowid) FROM {name}) - (SELECT MIN(rowid) FROM {name})"  # noqa: S608
    return _asked(sql, []) + 1


def _asked(sql: str, parameters: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return int(cursor.fetchone()[0] or 0)
