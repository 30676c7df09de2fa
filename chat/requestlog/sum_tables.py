"""The tables of sums that the overview reads, and the SQL that adds to them.

Works on SQLite (3.35) and PostgreSQL alike.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection

from chat.requestlog.cursor import Cursor, in_chunks, places

Key = tuple[Any, ...]
Figures = list[Any]


class Table(NamedTuple):
    """Sums, and by what they are kept apart; `at` is one of these.

    `times` are the earliest and the latest of those that are summed.
    """

    name: str
    key: tuple[str, ...]
    sums: tuple[str, ...]
    times: tuple[str, ...] = ()

    def figures(self, one: Figures | None, other: Figures) -> Figures:
        """Return what both come to."""
        if one is None:
            return other
        count = len(self.sums)
        added = [a + b for a, b in zip(one[:count], other[:count], strict=True)]
        if not self.times:
            return added
        return [*added, min(one[-2], other[-2]), max(one[-1], other[-1])]

    def add(self, sums: dict[Key, Figures], key: Key, figures: Figures) -> None:
        """Add `figures` to one of `sums`."""
        known = sums.get(key)
        sums[key] = figures if known is None else self.figures(known, figures)


TOKENS = ("prompt_tokens", "cached_tokens", "completion_tokens", "reasoning_tokens")

ENDINGS = Table(
    "chat_endingtally",
    ("span", "at", "model", "ending"),
    ("requests", *TOKENS, "cost_usd", "priced", "estimated_usd"),
)
TIMINGS = Table("chat_timingtally", ("span", "at", "measure", "bucket"), ("requests",))
REASONS = Table(
    "chat_reasontally",
    ("span", "at", "ending", "answer", "whose", "code"),
    ("requests",),
    ("first_at", "last_at"),
)
CALLERS = Table(
    "chat_callertally",
    ("span", "kind", "at", "client_id", "caller", "model"),
    (
        *("requests", "failures", "prompt_tokens", "completion_tokens"),
        *("cost_usd", "estimated_usd"),
    ),
)
# In one order everywhere, or two processes could wait for each other.
TABLES = (ENDINGS, TIMINGS, REASONS, CALLERS)


def put(cursor: Cursor, table: Table, found: Mapping[Key, Figures]) -> None:
    """Add `found` to what is there: a statement for some of them."""
    for some in in_chunks(sorted(found)):
        _insert(cursor, table, some, found)


def change(
    cursor: Cursor,
    table: Table,
    more: Mapping[Key, Figures],
    less: Mapping[Key, Figures],
) -> None:
    """Add `more` and take `less` away, sum by sum, in the same order."""
    for key in sorted({*more, *less}):
        if key in less:
            _take_away(cursor, table, key, less[key])
        if key in more:
            _insert(cursor, table, [key], more)


def _insert(
    cursor: Cursor, table: Table, keys: Sequence[Key], found: Mapping[Key, Figures]
) -> None:
    values = [value for key in keys for value in (*key, *found[key])]
    cursor.execute(_adding(table, len(keys), connection.vendor), _adapted(values))


@lru_cache
def _adding(table: Table, count: int, vendor: str) -> str:
    names = (*table.key, *table.sums, *table.times)
    return (
        f"INSERT INTO {table.name} ({', '.join(names)})"
        f" VALUES {places(len(names), count)}"
        f" ON CONFLICT ({', '.join(table.key)}) DO UPDATE SET"
        f" {', '.join(_merged(table))}"
    )


def _merged(table: Table) -> Iterator[str]:
    for name in table.sums:
        # What an older version counted has no estimate.
        yield f"{name} = COALESCE({table.name}.{name}, 0) + excluded.{name}"
    for name, function in zip(table.times, _least_and_greatest(), strict=False):
        yield f"{name} = {function}({table.name}.{name}, excluded.{name})"


def _take_away(cursor: Cursor, table: Table, key: Key, figures: Figures) -> None:
    """Of a sum that was not kept for so long, or only in part, nothing is left below
    nought: that would be no sum."""
    _, greatest = _least_and_greatest()
    less = ", ".join(f"{n} = {greatest}({n} - %s, 0)" for n in table.sums)
    where = " AND ".join(f"{n} = %s" for n in table.key)
    its = _adapted(key)
    sums = figures[: len(table.sums)]
    cursor.execute(f"UPDATE {table.name} SET {less} WHERE {where}", [*sums, *its])
    cursor.execute(f"DELETE FROM {table.name} WHERE {where} AND requests = 0", its)


def _least_and_greatest() -> tuple[str, str]:
    return ("MIN", "MAX") if connection.vendor == "sqlite" else ("LEAST", "GREATEST")


def _adapted(values: Key | list[Any]) -> list[Any]:
    return [_time(one) if type(one) is datetime else one for one in values]


@lru_cache(maxsize=256)
def _time(at: datetime) -> Any:
    """Many are of one time."""
    return connection.ops.adapt_datetimefield_value(at)
