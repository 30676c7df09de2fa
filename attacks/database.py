"""The service's database, made for an attack and read beside the service."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
POSTGRESQL_URL = "postgres://postgres@127.0.0.1:5432/postgres"
OPERATOR, PASSWORD = "operator", "a-long-password-of-theirs"


class Database(Protocol):
    name: str
    url: str

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of a query with `?` for its values."""

    def holds(self, marker: bytes) -> bool:
        """Whether `marker` is anywhere in it."""


class Sqlite:
    name = "sqlite"

    def __init__(self, file: Path) -> None:
        self.file = file
        self.url = f"sqlite:///{file}"

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        opened = sqlite3.connect(f"file:{self.file}?mode=ro", uri=True, timeout=10)
        with contextlib.closing(opened) as connection:
            return connection.execute(query, values).fetchall()

    def holds(self, marker: bytes) -> bool:
        """In its files, so that what was written and deleted again is found too."""
        files = self.file.parent.glob(f"{self.file.name}*")
        return any(marker in file.read_bytes() for file in files)


class Postgresql:
    name = "postgresql"

    def __init__(self, url: str) -> None:
        self.url = url

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(query.replace("?", "%s"), values).fetchall()

    def holds(self, marker: bytes) -> bool:
        tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        with psycopg.connect(self.url) as connection:
            for (table,) in connection.execute(tables).fetchall():
                copied = sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))
                with connection.cursor().copy(copied) as copy:
                    if any(marker in bytes(row) for row in copy):
                        return True
        return False


@contextlib.contextmanager
def sqlite_source(folder: Path) -> Iterator[Any]:
    """Makes databases in files: each a copy of one that was migrated once."""
    pattern = folder / "pattern.sqlite3"
    prepare(f"sqlite:///{pattern}")
    made = 0

    def new() -> Sqlite:
        nonlocal made
        made += 1
        place = folder / f"sqlite-{made}"
        place.mkdir()
        shutil.copy(pattern, place / "db.sqlite3")
        return Sqlite(place / "db.sqlite3")

    yield new


@contextlib.contextmanager
def postgresql_source(server: str) -> Iterator[Any]:
    """Makes databases on a server, by a template; drops them all at the end."""
    pattern = f"attacked_{os.getpid()}"
    made = [pattern]
    _order(server, "CREATE DATABASE {}", pattern)

    def new() -> Postgresql:
        name = f"{pattern}_{len(made)}"
        _order(server, "CREATE DATABASE {} TEMPLATE {}", name, pattern)
        made.append(name)
        return Postgresql(_of(server, name))

    try:
        prepare(_of(server, pattern))
        yield new
    finally:
        for name in made:
            _order(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _order(server: str, order: str, *names: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL(order).format(*map(sql.Identifier, names)))


def _of(server: str, name: str) -> str:
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


def prepare(url: str) -> None:
    """Tables, and an operator who may do everything."""
    commands: Sequence[tuple[str, ...]] = (
        ("migrate", "--verbosity=0"),
        ("createsuperuser", "--noinput", f"--username={OPERATOR}", "--email=o@o.test"),
    )
    environment = {
        **os.environ,
        "DEBUG": "true",
        "DATABASE_URL": url,
        "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
    }
    for command in commands:
        subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=environment,
            check=True,
            capture_output=True,
        )
