"""What to say of a database that cannot be used, to whoever runs a command."""

import psycopg
from django.db import Error, connection

from config import dotenv

LONGEST = 300
# https://www.sqlite.org/rescode.html: the file, its folder, its disk, what is in it
_SQLITE = ("CANTOPEN", "READONLY", "FULL", "IOERR", "PERM", "NOTADB", "CORRUPT")
# https://www.postgresql.org/docs/current/errcodes-appendix.html, by their class:
# connection, authorization, no such database, too few resources, shutting down
_POSTGRESQL = ("08", "28", "3D", "53", "57")
_NO_SUCH_TABLE = "42P01"


def find_problem() -> str | None:
    """Return what `explain` says if the database cannot be connected to; None if it
    can. Past the pool, which waits and does not say why."""
    try:
        if connection.vendor == "sqlite":
            connection.ensure_connection()
        else:
            parameters = connection.get_connection_params()
            parameters.pop("pool", None)
            psycopg.connect(**parameters).close()
    except (Error, psycopg.Error) as error:
        return explain(error)
    return None


def explain(error: Exception) -> str | None:
    """Return which database it is, why it cannot be used, and what to do, without its
    password; None if `error` is of another kind."""
    settings = connection.settings_dict
    cause = error.__cause__ or error
    reason = str(cause).strip().partition("\n")[0][:LONGEST].rstrip(".")
    if _has_no_tables(cause):
        return "The database has not all of its tables: run `migrate` first."
    if connection.vendor == "sqlite":
        name = getattr(cause, "sqlite_errorname", "").removeprefix("SQLITE_")
        if not name.startswith(_SQLITE):
            return None
        return (
            f"The database {settings['NAME']} cannot be used ({reason}): the file and "
            "its folder must be there and writable for this account."
        )
    if not (getattr(cause, "sqlstate", None) or "08").startswith(_POSTGRESQL):
        return None
    host, port = settings["HOST"] or "the local socket", settings["PORT"] or "5432"
    return (
        f"PostgreSQL at {host}, port {port}, database {settings['NAME']}, cannot be "
        f"used ({reason}): is it running, and is DATABASE_URL in {dotenv.PATH} right?"
    )


def _has_no_tables(cause: BaseException) -> bool:
    if getattr(cause, "sqlstate", None) == _NO_SUCH_TABLE:
        return True
    return connection.vendor == "sqlite" and str(cause).startswith("no such table")
