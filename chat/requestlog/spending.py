"""Adds what closed rows were charged to the sums that budgets are held against.

In the transaction that closes them: so that each is charged once, whatever happens.
"""

from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from chat.ending import Ending
from chat.models import Scope, Spending
from chat.requestlog.record import Row
from chat.requestlog.statements import column
from chat.requestlog.sums import Sum, Totals, sums_of

TABLE = Spending._meta.db_table
KEY = ("period", "start", "scope", "client_id", "user_id")
SUMS = (
    *("requests", "prompt_tokens", "completion_tokens"),
    *("charged_usd", "estimated_usd"),
)
MILLION = 1_000_000


def add(
    cursor: CursorWrapper, rows: Iterable[Row], taken_back: Iterable[Row] = ()
) -> Totals:
    """Charge `rows`, each closed just now; return what the sums come to with them.

    `taken_back` were charged as they are here, when they had been closed otherwise.
    """
    more: dict[Sum, list[Any]] = {}
    for row in rows:
        _count(more, row, 1)
    for row in taken_back:
        _count(more, row, -1)
    return {key: _add(cursor, key, more[key]) for key in sorted(more)}


def read_totals(sums: Iterable[Sum]) -> Totals:
    """Return what the database has of `sums`; 0 of those that it does not have."""
    totals = dict.fromkeys(sums, 0)
    starts = {key.start for key in totals}
    clients = {key.client_id for key in totals}
    found = Spending.objects.filter(start__in=starts, client_id__in=clients)
    if not any(key.scope == Scope.USER for key in totals):
        found = found.exclude(scope=Scope.USER)
    for *key, usd in found.values_list(*KEY, "charged_usd"):
        if (known := Sum(*key)) in totals:
            totals[known] = _millionths(usd)
    return totals


def forget_users(user_ids: Collection[str]) -> None:
    """Delete the sums of these users; they count in those of their clients still."""
    of_users = Spending.objects.filter(scope=Scope.USER)
    of_users.filter(user_id__in=[column("user_id", one) for one in user_ids]).delete()


def _count(more: dict[Sum, list[Any]], row: Row, sign: int) -> None:
    if row.charged_usd is None or row.ending == Ending.REFUSED:
        return
    estimated = row.charged_usd if row.is_estimated else Decimal(0)
    tokens = (row.prompt_tokens or 0, row.completion_tokens or 0)
    figures = [sign * figure for figure in (1, *tokens, row.charged_usd, estimated)]
    user = column("user_id", row.user_id or "")
    for key in sums_of(row.created_at, row.admitted_by, row.client_id, user):
        known = more.get(key)
        added = (
            [a + b for a, b in zip(known, figures, strict=True)] if known else figures
        )
        more[key] = added


def _add(cursor: CursorWrapper, key: Sum, figures: list[Any]) -> int:
    names = (*KEY, *SUMS)
    least = "MAX" if connection.vendor == "sqlite" else "GREATEST"
    # Of a sum that was not kept for so long nothing is left below nought.
    more = ", ".join(f"{n} = {least}({TABLE}.{n} + %s, 0)" for n in SUMS)
    firsts = [max(figure, 0) for figure in figures]
    cursor.execute(
        f"INSERT INTO {TABLE} ({', '.join(names)})"
        f" VALUES ({', '.join(['%s'] * len(names))})"
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
