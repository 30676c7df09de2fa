"""PostgreSQL of a cluster's own, and another that takes its place."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import psycopg

from attacks.database import Postgresql, prepare
from benchmarks.process import CannotStart
from chat.tests.ports import free_port
from chat.tests.waiting import eventually

OWNER = "postgres"
NAME = "zai_chat"
# Nothing is told to be stored before another has it too.
SYNCHRONOUS = "ALTER SYSTEM SET synchronous_standby_names = '{}'"
STANDS_BY = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"


def find_programs() -> Path | None:
    """Return the folder of the newest server that is installed."""
    folders = [*Path("/usr/lib/postgresql").glob("*/bin")]
    if found := shutil.which("postgres"):
        folders.append(Path(found).resolve().parent)
    folders = [one for one in folders if (one / "pg_basebackup").exists()]
    return max(folders, key=lambda one: one.parent.name, default=None)


class Server:
    """One that runs from a folder of its own."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self.port = free_port()
        self.folder = folder
        self._programs = programs
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return self.place_of("postgres")

    def place_of(self, name: str) -> str:
        """Return the URL of the database `name`."""
        return f"postgres://{OWNER}@127.0.0.1:{self.port}/{name}"

    def make(self) -> None:
        """Raises CannotStart."""
        words = ["--username", OWNER, "--auth", "trust", "--no-sync", "--locale", "C"]
        self._run("initdb", *words, "--encoding", "UTF8", "--pgdata", str(self.folder))

    def copy(self, other: "Server") -> None:
        """Become one that follows `other`. Raises CannotStart."""
        words = ["--dbname", other.url, "--write-recovery-conf", "--checkpoint", "fast"]
        self._run("pg_basebackup", *words, "--no-sync", "--pgdata", str(self.folder))

    def start(self) -> None:
        # A folder that is not the server's would be for its socket.
        words = ["-D", str(self.folder), "-p", str(self.port), "-k", ""]
        words += ["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200"]
        with (self.folder.parent / f"{self.folder.name}.log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(self._programs / "postgres"), *words],
                stdout=log, stderr=log, **_as_owner(),
            )  # fmt: skip
        eventually(self._answers)

    def kill(self) -> None:
        """As where the power fails."""
        if self._process and self._process.poll() is None:
            self._run("pg_ctl", "stop", "-m", "immediate", "-D", str(self.folder))
            self._process.wait(30)

    def promote(self) -> None:
        """Take the place of whom it followed; it waits for nobody else then."""
        self._run("pg_ctl", "promote", "--wait", "-D", str(self.folder))
        self.order(SYNCHRONOUS.format(""))

    def order(self, *orders: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            for one in (*orders, "SELECT pg_reload_conf()"):
                connection.execute(one)  # type: ignore[arg-type]

    def is_followed(self) -> bool:
        with psycopg.connect(self.url) as connection:
            found = connection.execute(STANDS_BY).fetchone()
        return bool(found and found[0])

    def _answers(self) -> bool:
        return _succeeds([str(self._programs / "pg_isready"), "-q", "-d", self.url])

    def _run(self, program: str, *words: str) -> None:
        command = [str(self._programs / program), *words]
        done = subprocess.run(command, capture_output=True, text=True, **_as_owner())
        if done.returncode:
            raise CannotStart(f"{program}: {done.stderr.strip()[-200:]}")


class Servers:
    """The one that is used; and, for a while, another that has all that it has."""

    def __init__(self, programs: Path, folder: Path) -> None:
        """`folder` is theirs alone. Raises CannotStart."""
        self._programs, self._folder = programs, folder
        self._made = 0
        self._all: list[Server] = []
        if os.getuid() == 0:
            shutil.chown(folder, OWNER, OWNER)
        self.used = self._new()
        self.used.make()
        self.used.start()

    def make_database(self) -> Postgresql:
        """Return one with tables and an operator."""
        self.used.order(f"CREATE DATABASE {NAME}")
        database = Postgresql(self.used.place_of(NAME))
        prepare(database.url)
        return database

    def stand_by(self) -> Server:
        """Return one that follows, and without which nothing is stored from now on."""
        follower = self._new()
        follower.copy(self.used)
        follower.start()
        self.used.order(SYNCHRONOUS.format("*"))
        eventually(self.used.is_followed)
        return follower

    def end(self) -> None:
        for one in self._all:
            one.kill()

    def _new(self) -> Server:
        self._made += 1
        self._all.append(Server(self._programs, self._folder / f"data-{self._made}"))
        return self._all[-1]


def _as_owner() -> dict[str, object]:
    """PostgreSQL does not run as root."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
    if os.getuid() != 0:
        return {"env": environment}
    return {"env": environment, "user": OWNER, "group": OWNER, "extra_groups": ()}


def _succeeds(command: Sequence[str]) -> bool:
    return subprocess.run(command, capture_output=True).returncode == 0
