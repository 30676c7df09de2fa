"""Where an attack is played: the service, a hostile Z.AI, honest callers beside it."""

import asyncio
import contextlib
import json
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

from attacks import wire
from attacks.attack import Attack, Fault
from attacks.database import ROOT, Database
from attacks.service import Service, faults_of_output, listens
from attacks.wire import Answer

STALL_SECONDS = 0.25
LIVE_SECONDS = 1.0
ROW_SECONDS = 5.0
SETTLE_SECONDS = 15.0
MEGABYTE = 1_000_000


class Field:
    """What an attack has in its hands.

    `patience` stretches the times that are allowed, for a machine that does much else.
    """

    patience = 1.0

    def __init__(self, service: Service, zai_port: int) -> None:
        self.service = service
        self.zai_port = zai_port
        self.faults: list[str] = []
        self.notes: list[str] = []
        self.printed = service.printed
        self.honest: list[dict[str, Any]] = []
        self.started = time.monotonic()

    @property
    def port(self) -> int:
        return self.service.port

    @property
    def database(self) -> Database:
        return self.service.database

    @property
    def output(self) -> str:
        """What the service has printed since the attack began."""
        return self.service.output(self.printed)

    def check(self, holds: object, sentence: str) -> bool:
        """Note `sentence` as a fault unless it holds."""
        if not holds:
            self.faults.append(sentence)
        return bool(holds)

    def check_time(self, seconds: float, most: float, what: str) -> bool:
        """Note as a fault that `what` took longer than allowed."""
        is_soon = seconds < most * self.patience
        return self.check(is_soon, f"{what} took {seconds:.1f} s")

    async def send(self, data: bytes, **options: Any) -> Answer:
        """Send raw bytes on a connection of their own. Raises Fault if it hangs."""
        try:
            return await wire.send(self.port, data, **options)
        except wire.Hung as error:
            raise Fault(f"{error}: {wire.shown(data)}") from error

    async def post(self, body: bytes, path: str = "/api/chat", *lines: str) -> Answer:
        return await self.send(wire.post(path, body, *lines))

    async def get(self, target: str, *lines: str) -> Answer:
        return await self.send(wire.get(target, *lines), method="GET")

    async def ask(self, text: str = "Hello", **fields: Any) -> Answer:
        """An answer in one piece, unless the fields say otherwise."""
        return await self.post(wire.chat(text, **{"stream": False, **fields}))

    async def eventually(
        self, condition: Callable[[], Any], seconds: float, sentence: str
    ) -> bool:
        """Wait for a condition, asked beside the loop; note `sentence` in vain."""
        end = time.monotonic() + seconds * self.patience
        while not await asyncio.to_thread(condition):
            if time.monotonic() > end:
                return self.check(False, sentence)
            await asyncio.sleep(0.1)
        return True

    def row(self, identity: str | None, *columns: str) -> tuple[Any, ...] | None:
        """Columns of the row of a request, by its id."""
        wanted = ", ".join(columns)
        query = f"SELECT {wanted} FROM chat_requestlog WHERE id = ?"  # noqa: S608
        found = self.database.rows(query, identity)
        return found[0] if found else None

    async def closed_row(
        self, identity: str | None, *columns: str, seconds: float = ROW_SECONDS
    ) -> tuple[Any, ...]:
        """The same once the request has ended. Raises Fault if that is never seen."""
        end = time.monotonic() + seconds * self.patience
        while True:
            found = await asyncio.to_thread(self.row, identity, "ending", *columns)
            if found and found[0]:
                return found[1:]
            if time.monotonic() > end:
                what = "no row" if found is None else "an open row"
                raise Fault(f"{what} of {identity} after {seconds:g} s")
            await asyncio.sleep(0.1)


@contextlib.asynccontextmanager
async def witnessed(field: Field, attack: Attack) -> AsyncIterator[None]:
    """Have honest callers beside the block; what befell them is among the faults."""
    if not attack.witnessed:
        yield
        return
    run = uuid.uuid4().hex[:12]
    command = [
        *(sys.executable, "-m", "attacks.witness", f"--port={field.port}"),
        *(f"--zai={field.zai_port}", f"--run={run}"),
        *(() if attack.newcomers else ("--no-newcomers",)),
        *("--pids", *(str(process.pid) for process in field.service.serving())),
    ]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdin=pipe, stdout=pipe, limit=16 * MEGABYTE
    )
    assert process.stdin and process.stdout
    try:
        async with asyncio.timeout(60):
            if await process.stdout.readline() != b"ready\n":
                raise Fault("the honest streams did not begin")
        yield
    finally:
        try:
            process.stdin.write(b"\n")
            async with asyncio.timeout(60):
                said = await process.stdout.readline()
            if said:
                await _judge(field, json.loads(said))
        except (TimeoutError, OSError):
            field.faults.append("the honest callers did not come back")
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _judge(field: Field, report: dict[str, Any]) -> None:
    seen = field.honest = report["seen"]
    streams = [one for one in seen if one["kind"] == "stream"]
    others = [one for one in seen if one["kind"] != "stream"]
    broken = [one for one in streams if not one["whole"]]
    if broken:
        field.faults.append(f"{_some(broken)} streams broke off: {_why(broken)}")
    unserved = [one for one in others if not one["whole"]]
    if unserved:
        field.faults.append(f"{_some(unserved)} newcomers unserved: {_why(unserved)}")
    stall = max((one["stall"] for one in streams), default=0.0)
    if stall > STALL_SECONDS * field.patience:
        field.faults.append(f"a stream stalled for {stall * 1000:.0f} ms")
    if report["silent_live"]:
        said = report["silent_live"]
        field.faults.append(f"/health/live failed {len(said)} times: {said[0]}")
    elif report["slowest_live"] > LIVE_SECONDS * field.patience:
        field.faults.append(f"/health/live took {report['slowest_live']:.1f} s")
    field.notes.append(
        f"stall {stall * 1000:.0f} ms, live ≤ {report['slowest_live'] * 1000:.0f} ms"
    )
    served = [one for one in seen if one["whole"]]
    last = max((one["last"] for one in served), default=time.monotonic())
    await _find_rows(field, [one["id"] for one in served], last)


async def _find_rows(field: Field, ids: list[str], last: float) -> None:
    """Each honest request has its row, closed as completed, 5 s after the last."""
    missing = ids
    while True:
        try:
            missing = await asyncio.to_thread(_without_row, field, ids)
        except Exception as error:  # of a database that the attack took away
            field.notes.append(f"rows cannot be read: {type(error).__name__}")
        if not missing:
            return
        if time.monotonic() > last + ROW_SECONDS * field.patience:
            break
        await asyncio.sleep(0.1)
    field.faults.append(
        f"{len(missing)} of {len(ids)} honest requests have no row that says completed"
        f" after {ROW_SECONDS:g} s"
    )


def _without_row(field: Field, ids: list[str]) -> list[str]:
    query = (
        "SELECT id FROM chat_requestlog WHERE ending = 'completed' AND created_at > ?"
    )
    since = time.strftime(
        "%Y-%m-%d %H:%M:%S",
        time.gmtime(time.time() - (time.monotonic() - field.started) - 120),
    )
    found = {row[0] for row in field.database.rows(query, since)}
    return [identity for identity in ids if identity not in found]


async def settle(field: Field, attack: Attack, before: int) -> None:
    """Memory returns to what it was, or nearly; the output is as it should be."""
    limit = before + int(attack.memory * MEGABYTE)
    end = time.monotonic() + SETTLE_SECONDS
    highest = left = field.service.memory
    while left > limit and time.monotonic() < end:
        await asyncio.sleep(0.25)
        left = field.service.memory
        highest = max(highest, left)
    kept = (left - before) / MEGABYTE
    field.notes.append(f"memory {kept:+.0f} MB")
    if left > limit:
        field.faults.append(f"{kept:.0f} MB more than before are kept")
    field.faults += faults_of_output(field.output)


def _some(what: list[Any]) -> str:
    return str(len(what))


def _why(seen: list[dict[str, Any]]) -> str:
    said = {one["error"] or f"status {one['status']}" for one in seen}
    return "; ".join(sorted(said))[:200]


@contextlib.contextmanager
def standing_in(folder: Path, port: int) -> Iterator[int]:
    """Run the hostile Z.AI for as long as the block lasts; yields its port."""
    with (folder / "zai.output").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "attacks.standin", str(port)],
            cwd=ROOT,
            stdout=output,
            stderr=output,
        )
    try:
        end = time.monotonic() + 30
        while not listens(port):
            if time.monotonic() > end or process.poll() is not None:
                raise RuntimeError((folder / "zai.output").read_text())
            time.sleep(0.05)
        yield port
    finally:
        process.kill()
        process.wait()
