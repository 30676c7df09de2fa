"""Adds what closed rows were charged to the sums that budgets are held against.

In the transaction that closes them: so that each is charged once, whatever happens.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar

from django.db import connection
from msgspec.structs import astuple

from chat.compiled_query import CompiledQuery
from chat.ending import Ending
from chat.models import Scope, Spending
from chat.requestlog.columns import column
from chat.requestlog.cursor import Cursor, in_chunks, places
from chat.requestlog.record import Row
from chat.requestlog.sums import Sum, Totals, sums_of

TABLE = Spending._meta.db_table
KEY = ("period", "start", "scope", "client_id", "user_id")
SUMS = (
    *("requests", "prompt_tokens", "completion_tokens"),
    *("charged_usd", "estimated_usd"),
)
MILLION = 1_000_000
NOTHING = Decimal(0)

K = TypeVar("K")
Figures = list[Any]
Whose = tuple[datetime, str | None, int | None, str]


def add(cursor: Cursor, rows: Iterable[Row], taken_back: Iterable[Row] = ()) -> Totals:
    """Charge `rows`, each closed just now; return what the sums come to with them.

    `taken_back` were charged as they are here, when they had been closed otherwise.
    """
    more = _sums(rows, 1)
    less = _sums(taken_back, -1)
    if not less:
        return _add_all(cursor, more)
    for key, figures in less.items():
        _add_to(more, key, figures)
    return {key: _add(cursor, key, more[key]) for key in sorted(more)}


def read_totals(sums: Iterable[Sum]) -> Totals:
    """Return what the database has of `sums`; 0 of those that it does not have."""
    totals = dict.fromkeys(sums, 0)
    if not totals:
        return totals
    starts = frozenset(key.start for key in totals)
    clients = frozenset(key.client_id for key in totals)
    of_users = any(key.scope == Scope.USER for key in totals)
    for *key, usd in _question(starts, clients, of_users).ask():
        if (known := Sum(*key)) in totals:
            totals[known] = _millionths(usd)
    return totals


@lru_cache(maxsize=16)  # those of whom is known are asked for every second
def _question(
    starts: frozenset[date], clients: frozenset[int], of_users: bool
) -> CompiledQuery:
    found = Spending.objects.filter(start__in=starts, client_id__in=clients)
    if not of_users:
        found = found.exclude(scope=Scope.USER)
    return CompiledQuery(found.values_list(*KEY, "charged_usd"))


def forget_users(user_ids: Collection[str]) -> None:
    """Delete the sums of these users; they count in those of their clients still."""
    of_users = Spending.objects.filter(scope=Scope.USER)
    of_users.filter(user_id__in=[column("user_id", one) for one in user_ids]).delete()


def _sums(rows: Iterable[Row], sign: int) -> dict[Sum, Figures]:
    """Return what `rows` add up to; first for those who count into the same sums."""
    together: dict[Whose, Figures] = {}
    for row in rows:
        if row.charged_usd is None or row.ending == Ending.REFUSED:
            continue
        estimated = row.charged_usd if row.is_estimated else NOTHING
        tokens = (row.prompt_tokens or 0, row.completion_tokens or 0)
        user = column("user_id", row.user_id or "")
        at = row.created_at.astimezone(UTC)
        day = at.replace(hour=0, minute=0, second=0, microsecond=0)
        figures = [sign * figure for figure in (1, *tokens, row.charged_usd, estimated)]
        _add_to(together, (day, row.admitted_by, row.client_id, user), figures)
    found: dict[Sum, Figures] = {}
    for whose, figures in together.items():
        for key in sums_of(*whose):
            _add_to(found, key, figures)
    return found


def _add_to(sums: dict[K, Figures], key: K, figures: Figures) -> None:
    known = sums.get(key)
    if known is not None:
        figures = [a + b for a, b in zip(known, figures, strict=True)]
    sums[key] = figures


def _add_all(cursor: Cursor, more: dict[Sum, Figures]) -> Totals:
    """Add what is nowhere below nought."""
    totals: dict[Sum, int] = {}
    for some in in_chunks(sorted(more)):
        values = [value for key in some for value in (*_adapted(key), *more[key])]
        cursor.execute(_adding(len(some)), values)
        its = {_name(*astuple(key)): key for key in some}
        for *found, usd in cursor.fetchall():
            totals[its[_name(*found)]] = _millionths(usd)
    return totals


def _name(period: str, start: object, *whose: Any) -> tuple[Any, ...]:
    """What a sum is known by in the answers of databases: SQLite may have no dates."""
    return period, str(start), *whose


@lru_cache
def _adding(count: int) -> str:
    more = ", ".join(f"{n} = {TABLE}.{n} + excluded.{n}" for n in SUMS)
    return (
        f"INSERT INTO {TABLE} ({', '.join((*KEY, *SUMS))})"
        f" VALUES {places(len(KEY) + len(SUMS), count)}"
        f" ON CONFLICT (start, period, scope, client_id, user_id) DO UPDATE SET {more}"
        f" RETURNING {', '.join(KEY)}, charged_usd"
    )


def _add(cursor: Cursor, key: Sum, figures: Figures) -> int:
    names = (*KEY, *SUMS)
    least = "MAX" if connection.vendor == "sqlite" else "GREATEST"
    # Of a sum that was not kept for so long nothing is left below nought.
    more = ", ".join(f"{n} = {least}({TABLE}.{n} + %s, 0)" for n in SUMS)
    firsts = [max(figure, 0) for figure in figures]
    cursor.execute(
        f"INSERT INTO {TABLE} ({', '.join(names)})"
        f" VALUES {places(len(names), 1)}"
        f" ON CONFLICT (start, period, scope, client_id, user_id) DO UPDATE SET {more}"
        " RETURNING charged_usd",
        [*_adapted(key), *firsts, *figures],
    )
    return _millionths(cursor.fetchone()[0])


def _adapted(key: Sum) -> list[Any]:
    start = connection.ops.adapt_datefield_value(key.start)
    return [key.period, start, key.scope, key.client_id, key.user_id]


def _millionths(usd: Any) -> int:
    return round(Decimal(str(usd)) * MILLION)
