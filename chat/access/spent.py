"""What the database has of sums, and of what other processes have set aside."""

import os
import secrets
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime

from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Count
from django.db.models import Sum as Total

from chat.access.claim import place
from chat.access.terms import millionths
from chat.compiled_query import CompiledQuery
from chat.models import RequestLog
from chat.requestlog.journal import journal
from chat.requestlog.spending import read_totals
from chat.requestlog.sums import Sum, Totals, sums_of, user_key

_STAYS_OPEN = "chat_stays_open"


def this_process() -> str:
    """Return what this process is called in rows, and wherever it holds something."""
    if settings.CHAT_REQUEST_LOG:
        return journal().process
    return f"{os.getpid():x}-{secrets.token_hex(8)}"


def read_sums(sums: Collection[Sum]) -> Totals:
    """Return what the database has of `sums`. Raises what it raises."""
    try:
        return read_totals(sums)
    finally:
        _give_back()


def reader_of_held(process: str) -> Callable[[], Mapping[str, int]]:
    """Return what reads which part of limits and budgets others than `process` hold."""

    question: CompiledQuery | None = None

    def read() -> Mapping[str, int]:
        nonlocal question
        try:
            question = question or _question_of_held(process)
            return _read_held(question)
        finally:
            _give_back()

    return read


def stay_open(connection: BaseDatabaseWrapper) -> None:
    """Have this thread's `connection` kept from one question to the next."""
    setattr(connection, _STAYS_OPEN, True)


def _give_back() -> None:
    if not getattr(connections["default"], _STAYS_OPEN, False):
        connections["default"].close()


def _question_of_held(process: str) -> CompiledQuery:
    rows = RequestLog.objects.filter(ending=None).exclude(process=process).order_by()
    groups = rows.values_list("client_id", "user_id", "admitted_by")
    return CompiledQuery(groups.annotate(Count("pk"), Total("reserved_usd")))


def _read_held(question: CompiledQuery) -> Mapping[str, int]:
    """By the rows that are open: names of claims, to places or millionths of a dollar.

    A request of yesterday counts into yesterday's budget; of those there are few.
    """
    held: Counter[str] = Counter()
    now = datetime.now(UTC)
    for client_id, user_id, admitted_by, count, usd in question.ask():
        user = user_id or ""
        for one in sums_of(now, admitted_by, client_id, user):
            held[one.name] += millionths(usd) or 0
        if client_id is not None:
            held[place(f"client:{client_id}", 0).name] += count
            held[place(user_key(client_id, user), 0).name] += count
    return held
