"""A disk and a database that take nothing for a while."""

import asyncio
import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from attacks import wire
from attacks.attack import Skipped, attack
from attacks.database import Postgresql, Sqlite
from attacks.field import Field
from attacks.service import Start, running


@attack(18, witnessed=False, alone=True, seconds=120)
async def full_disk(field: Field) -> str:
    """With no room for database and spool nothing is lost that memory can hold."""
    if not isinstance(field.database, Sqlite):
        raise Skipped("the database has no disk of ours")
    with _small_disk(field.service.folder / "disk") as disk:
        database = Sqlite(disk / "db.sqlite3")
        shutil.copy(field.database.file, database.file)
        settings = {"CHAT_SPOOL_DIR": str(disk / "spool")}
        folder = Path(disk.parent) / "full"
        folder.mkdir()
        with running(Start(settings), database, field.zai_port, folder) as service:
            other = Field(service, field.zai_port)
            field.check((await other.ask()).status == 200, "not served at first")
            streams = [
                asyncio.create_task(other.ask(f"zai:slow=3 {n}", stream=True))
                for n in range(30)
            ]
            await asyncio.sleep(1)
            _fill(disk)
            answers = await asyncio.gather(*streams)
            answers += [await other.ask("a" * 5_000) for _ in range(30)]
            said = (await other.get("/health/ready")).body
            (disk / "filler").unlink()
            ids = [answer.id for answer in answers if answer.status == 200]
            lost, end = len(ids), time.monotonic() + 30
            while lost and time.monotonic() < end:
                lost = sum(not _is_closed(other, identity) for identity in ids)
                await asyncio.sleep(0.2)
            field.check(not lost, f"{lost} of {len(ids)} have no closed row")
            field.check(len(ids) == 60, f"{len(ids)} of 60 were answered")
            field.faults += other.faults
    return f"60 answers while the disk was full; ready said {wire.shown(said, 120)}"


@attack(17, everywhere=True, seconds=90, alone=True, newcomers=False, witnessed=False)
async def no_connection_left(field: Field) -> str:
    """A database that takes no connection for 8 s makes no true ending untrue."""
    if not isinstance(field.database, Postgresql):
        raise Skipped("SQLite has no connections")
    streams = [
        asyncio.create_task(field.ask(f"zai:slow=3 {n}", stream=True))
        for n in range(40)
    ]
    await asyncio.sleep(1.5)
    await asyncio.to_thread(_shut, field.database, True)
    answers = await asyncio.gather(*streams)
    await asyncio.sleep(6)
    await asyncio.to_thread(_shut, field.database, False)
    endings = [
        await field.closed_row(answer.id, "ending", seconds=20) for answer in answers
    ]
    untrue = [ending for (ending,) in endings if ending != "completed"]
    field.check(not untrue, f"{len(untrue)} of 40 became {set(untrue)}")
    return "40 answers ended meanwhile"


def _is_closed(field: Field, identity: str | None) -> bool:
    try:
        row = field.row(identity, "ending")
    except Exception:
        return False
    return bool(row and row[0] == "completed")


@contextmanager
def _small_disk(folder: Path) -> Any:
    if os.geteuid() or not shutil.which("mount"):
        raise Skipped("only root can make a small disk")
    folder.mkdir()
    order = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if subprocess.run(order, capture_output=True).returncode:
        raise Skipped("no small disk can be made here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def _fill(disk: Path) -> None:
    with (disk / "filler").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            return


def _shut(database: Postgresql, shut: bool) -> None:
    name = database.url.rpartition("/")[2]
    server = database.url[: -len(name)] + "postgres"
    allowed = sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS {}").format(
        sql.Identifier(name), sql.SQL("false" if shut else "true")
    )
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(allowed)
        if shut:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = %s",
                (name,),
            )
