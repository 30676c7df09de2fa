"""Processes that are frozen, or see their clock jump."""

import asyncio
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from attacks import wire
from attacks.attack import Skipped, attack
from attacks.database import Sqlite
from attacks.field import Field
from attacks.service import Start, running

# For so long a process that was just started judges no other.
YOUNG_SECONDS = 50.0
RIGHT_SECONDS = 15.0
CLOCK = Path(__file__).parent.parent / "clock.c"


@attack(17, alone=True, witnessed=False, long=True, seconds=180)
async def clock_jump(field: Field) -> str:
    """A clock that jumps forward by five minutes makes no true ending untrue."""
    return await _jump(field, 300)


@attack(17, alone=True, witnessed=False, long=True, seconds=180)
async def clock_jump_back(field: Field) -> str:
    """A clock that jumps back by five minutes neither."""
    return await _jump(field, -300)


async def _jump(field: Field, seconds: int) -> str:
    if not isinstance(field.database, Sqlite):
        raise Skipped("the clock of the database is not ours")
    if not (compiler := shutil.which("cc") or shutil.which("gcc")):
        raise Skipped("there is no C compiler to make another clock")
    with tempfile.TemporaryDirectory() as name:
        library, offset = Path(name) / "clock.so", Path(name) / "offset"
        offset.write_text("0")
        order = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(CLOCK)]
        order.append("-ldl")
        done = await asyncio.to_thread(subprocess.run, order, capture_output=True)
        if done.returncode:
            raise Skipped(f"another clock cannot be made: {done.stderr[:80]!r}")
        settings = {"LD_PRELOAD": str(library), "ATTACKS_CLOCK": str(offset)}
        folder = Path(name) / "service"
        folder.mkdir()
        start = Start(settings, workers=2)
        with running(start, field.database, field.zai_port, folder) as service:
            other = Field(service, field.zai_port)
            await asyncio.sleep(YOUNG_SECONDS)
            asked = [
                asyncio.create_task(_kept(other, f"zai:slow=40 {n}")) for n in range(24)
            ]
            await asyncio.sleep(4)
            offset.write_text(str(seconds))
            answers = await asyncio.gather(*asked)
            field.check(
                _jumped(service.output(), seconds), "the clock did not jump in the log"
            )
            await _all_completed(field, [answer.id for answer in answers], answers)
            field.faults += other.faults
    return f"24 answers over a jump of {seconds} s"


@attack(17, alone=True, witnessed=False, everywhere=True, long=True, seconds=200)
async def frozen(field: Field) -> str:
    """A process that is frozen for 90 s, beside another that judges it, goes on."""
    folder = field.service.folder / "beside"
    folder.mkdir()
    with running(Start(), field.database, field.zai_port, folder):
        asked = [
            asyncio.create_task(_kept(field, f"zai:slow=10 {n}")) for n in range(30)
        ]
        await asyncio.sleep(3)
        field.service.signal(signal.SIGSTOP)
        await asyncio.sleep(90)
        field.service.signal(signal.SIGCONT)
        answers = await asyncio.gather(*asked)
        await _all_completed(field, [answer.id for answer in answers], answers)
    return "30 answers over 90 s of ice"


async def _all_completed(
    field: Field, ids: list[str | None], answers: list[wire.Answer]
) -> None:
    cut = [a for a in answers if b"[DONE]" not in a.body or b'"error"' in a.body]
    field.check(not cut, f"{len(cut)} of {len(answers)} answers were cut")
    # Who was judged dead by others may have to put their rows right first.
    end = time.monotonic() + RIGHT_SECONDS * field.patience
    while True:
        rows = [await asyncio.to_thread(field.row, one, "ending") for one in ids]
        untrue = [row for row in rows if row != ("completed",)]
        if not untrue or time.monotonic() > end:
            break
        await asyncio.sleep(0.5)
    field.check(not untrue, f"{len(untrue)} of {len(ids)} rows say {set(untrue)}")


async def _kept(field: Field, text: str) -> wire.Answer:
    body = wire.post("/api/chat", wire.chat(text))
    return await wire.send(field.port, body, seconds=150)


def _jumped(output: str, seconds: int) -> bool:
    """Whether the time that lines begin with made the jump."""
    import re
    from datetime import datetime

    stamps = [
        datetime.fromisoformat(found.replace(",", "."))
        for found in re.findall(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}", output, re.M)
    ]
    steps = [(b - a).total_seconds() for a, b in zip(stamps, stamps[1:], strict=False)]
    return any(abs(step) > abs(seconds) / 2 for step in steps)
