"""The one connection that a process writes its log through."""

import os
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from math import inf
from types import TracebackType
from typing import Any

from django.db import connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from chat.requestlog.cursor import Cursor

# How long to wait for a lock, an answer, a connection; who waits longer is spooled.
LOCK_SECONDS = 1
ANSWER_SECONDS = 5
CONNECT_SECONDS = 2
# The server ends a statement by itself; when even that does not come it hangs.
HANG_SECONDS = 7

# Of PostgreSQL's errors, those after which a connection is as good as before: no lock,
# no answer in time, no room, two that waited for each other.
PASSING = ("40", "53", "55", "57014")

LIMITS = (
    f"SELECT set_config('lock_timeout', '{LOCK_SECONDS}s', true),"
    f" set_config('statement_timeout', '{ANSWER_SECONDS}s', true)"
)
IDLE = 0  # libpq's word for a connection in no transaction

# PostgreSQL's advisory locks are numbers of ours.
MESSAGES = 720_590_001
PRUNING = 720_590_002


def use_own_connection() -> BaseDatabaseWrapper:
    """Give the current thread a connection of its own, less patient than the others."""
    connection = connections.create_connection("default")
    settings = dict(connection.settings_dict)
    settings["OPTIONS"] = _impatient(connection.vendor, settings["OPTIONS"])
    connection.settings_dict = settings
    if connection.vendor == "postgresql":
        connection.execute_wrappers.append(_limited)
    connections["default"] = connection
    return connection


def stays_usable(error: Exception) -> bool:
    """Whether `error` says nothing against the connection it came over.

    It is kept: once it is given back, others may take its slot at the server.
    """
    state: str | None = getattr(error.__cause__, "sqlstate", None)
    return state is not None and state.startswith(PASSING)


def share_messages(cursor: Cursor) -> None:
    """Until the transaction ends nobody forgets messages, for some are to be used.

    SQLite has one writer at a time anyway.
    """
    if connection.vendor == "postgresql":
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [MESSAGES])


def own_messages(cursor: Cursor) -> None:
    """Until the transaction ends nobody else uses or forgets messages."""
    if connection.vendor == "postgresql":
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [MESSAGES])


def may_prune(cursor: Cursor) -> bool:
    """Whether no other process is pruning; until the transaction ends none will."""
    if connection.vendor != "postgresql":
        return True
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [PRUNING])
    return bool(cursor.fetchone()[0])


class Watchdog:
    """Cuts the connection to a server that keeps silent inside `with`.

    `has_cut` says whether it did since it was last started.

    A server that hangs while its kernel goes on acknowledging would hold the writer up
    for ever: the driver has no limit for that.
    """

    def __init__(self, watched: BaseDatabaseWrapper) -> None:
        self._watched = watched
        self._deadline = inf
        self._over = threading.Event()
        self.has_cut = False
        if watched.vendor == "postgresql":
            threading.Thread(
                target=self._watch, name="requestlog-watchdog", daemon=True
            ).start()

    def __enter__(self) -> None:
        self.restart()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._deadline = inf

    def restart(self) -> None:
        """Something else begins, which may take as long again."""
        self.has_cut = False
        self._deadline = time.monotonic() + HANG_SECONDS

    def close(self) -> None:
        self._over.set()

    def _watch(self) -> None:
        while not self._over.wait(0.5):
            if time.monotonic() > self._deadline:
                self._deadline = inf
                self.has_cut = True
                self._cut()

    def _cut(self) -> None:
        raw = self._watched.connection
        with (
            suppress(Exception),  # it may be closing at this very moment
            socket.socket(fileno=os.dup(raw.pgconn.socket)) as its_socket,
        ):
            its_socket.shutdown(socket.SHUT_RDWR)


def _impatient(vendor: str, options: dict[str, Any]) -> dict[str, Any]:
    if vendor == "sqlite":
        return {**options, "timeout": LOCK_SECONDS}
    kept = {name: value for name, value in options.items() if name != "pool"}
    return {
        **kept,
        "connect_timeout": CONNECT_SECONDS,
        "tcp_user_timeout": ANSWER_SECONDS * 1000,
    }


def _limited(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
) -> Any:
    """Execute within a transaction that begins with its limits.

    A pooler such as PgBouncer refuses them where they stand in the head of a
    connection, and gives a connection to others after each transaction: set for longer,
    they would be set for those.
    """
    its_connection = context["connection"]
    if its_connection.connection.info.transaction_status != IDLE:
        return execute(sql, params, many, context)
    if not its_connection.in_atomic_block:
        with transaction.atomic():
            return _limited(execute, sql, params, many, context)
    execute(LIMITS, None, False, context)
    return execute(sql, params, many, context)
