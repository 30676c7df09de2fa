"""Honest callers beside an attack, and what befell them."""

import asyncio
import contextlib
import json
import sys
import time
import uuid
from collections.abc import AsyncIterator
from typing import Any

from attacks.attack import Attack, Fault
from attacks.database import ROOT
from attacks.field import MEGABYTE, ROW_SECONDS, Field

STALL_SECONDS = 0.25
LIVE_SECONDS = 1.0


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


def _some(what: list[Any]) -> str:
    return str(len(what))


def _why(seen: list[dict[str, Any]]) -> str:
    said = {one["error"] or f"status {one['status']}" for one in seen}
    return "; ".join(sorted(said))[:200]
