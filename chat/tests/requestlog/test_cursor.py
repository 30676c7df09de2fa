"""The log's own way to the database: the same as Django's, for less."""

import pytest
from django.db import Error, IntegrityError, connection, transaction

from chat.requestlog.cursor import MOST, SIZES, in_chunks, places, plain_cursor

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("count", [0, 1, 31, 49, 50, 51, 127])
def test_all_rows_come_in_their_order(count: int) -> None:
    rows = list(range(count))
    chunks = list(in_chunks(rows))
    assert [row for chunk in chunks for row in chunk] == rows
    assert all(0 < len(chunk) <= MOST for chunk in chunks)


def test_statements_have_few_texts() -> None:
    if connection.vendor == "sqlite":
        sizes = {len(chunk) for count in range(200) for chunk in in_chunks("a" * count)}
        assert sizes == set(SIZES)


def test_values_go_where_they_stand() -> None:
    with transaction.atomic(), plain_cursor() as cursor:
        sql = f"SELECT * FROM (VALUES {places(2, 2)}) AS found"
        cursor.execute(sql, ["a", "%s", "b", "?"])
        assert sorted(map(tuple, cursor.fetchall())) == [("a", "%s"), ("b", "?")]


def test_errors_are_djangos_at_once() -> None:
    with pytest.raises(Error), transaction.atomic(), plain_cursor() as cursor:
        cursor.execute("SELECT nonsense FROM nowhere", [])
    with transaction.atomic(), plain_cursor() as cursor:
        insert = "INSERT INTO chat_message (id, role, body) VALUES (%s, %s, %s)"
        cursor.execute(insert, ["a", "user", "{}"])
        with pytest.raises(IntegrityError), transaction.atomic():
            cursor.executemany(insert, [["a", "user", "{}"]])


def test_who_watches_statements_sees_them() -> None:
    """As the limits of PostgreSQL's statements do."""
    seen: list[str] = []

    def watch(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch), transaction.atomic(), plain_cursor() as one:
        one.execute("SELECT 1", [])
    assert "SELECT 1" in seen
