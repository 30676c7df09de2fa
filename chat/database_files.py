"""The files of SQLite: they have what people wrote."""

from pathlib import Path
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from config import modes

# Made by SQLite with the mode of the database; an older version may have left others.
BESIDE = ("", "-wal", "-shm", "-journal")

_closed: set[str] = set()


def files_of(database: BaseDatabaseWrapper) -> list[Path]:
    """Return where a database of SQLite lies; none for another."""
    if database.vendor != "sqlite":
        return []
    name = str(database.settings_dict["NAME"])
    return [Path(name + ending) for ending in BESIDE]


def close_database_to_others(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Called for each new connection, and looks at the files at the first."""
    name = str(connection.settings_dict["NAME"])
    if name in _closed:
        return
    _closed.add(name)
    for path in files_of(connection):
        modes.close_to_others(path)
