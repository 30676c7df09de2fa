"""Processes that are told to stop, or killed."""

import asyncio
import contextlib
import signal
import time

import psutil

from attacks import wire
from attacks.attack import attack
from attacks.field import Field
from attacks.service import Service, Start

# Longer than what a busy machine makes of the five seconds of an answer.
GRACE = {"CHAT_SHUTDOWN_GRACE_SECONDS": "15"}
# uvicorn's supervisor looks for signals twice a second, and first asks each worker
# whether it lives: until then none of them can know.
NEWS_SECONDS = 1.5


@attack(19, workers=2, settings=GRACE, alone=True, witnessed=False, seconds=90)
async def dead_supervisor(field: Field) -> str:
    """When uvicorn's supervisor is killed its workers end, and the port is free."""
    asked = [asyncio.create_task(_outcome(field, f"zai:slow=2 {n}")) for n in range(6)]
    await asyncio.sleep(0.5)
    workers = field.service.serving()
    field.service.signal(signal.SIGKILL)
    started = time.monotonic()
    answers = await asyncio.gather(*asked)
    whole = sum(answer == "200 whole" for answer in answers)
    field.check(whole == 6, f"{whole} of 6 open answers came whole: {set(answers)}")
    await field.eventually(
        lambda: not any(map(_lives, workers)),
        30,
        "the workers live on",
    )
    took = time.monotonic() - started
    folder = field.service.folder / "again"
    folder.mkdir()
    try:
        again = await asyncio.to_thread(
            Service,
            Start(),
            field.database,
            field.zai_port,
            folder,
            field.port,
        )
    except RuntimeError as error:
        field.check(False, f"a new start fails: {wire.shown(str(error)[-200:])}")
        return "the port is held"
    answer = await field.ask()
    field.check(answer.status == 200, f"the new one answers {answer.status}")
    again.stop()
    return f"the workers ended after {took:.1f} s"


@attack(20, workers=2, settings=GRACE, alone=True, witnessed=False, seconds=90)
async def sigterm_with_workers(field: Field) -> str:
    """At SIGTERM new callers get 503 or no connection, and never a reset."""
    await _stopped(field)
    return await _callers_of_the_grace(field)


@attack(20, settings=GRACE, alone=True, witnessed=False, seconds=90)
async def sigterm(field: Field) -> str:
    """The same of a single process."""
    await _stopped(field)
    return await _callers_of_the_grace(field)


async def _stopped(field: Field) -> None:
    field.honest = []
    asked = [asyncio.create_task(_outcome(field, f"zai:slow=5 {n}")) for n in range(10)]
    field.notes_of_streams = asked  # type: ignore[attr-defined]
    await asyncio.sleep(1)
    field.service.signal(signal.SIGTERM)


async def _callers_of_the_grace(field: Field) -> str:
    met: dict[str, int] = {}
    ready: dict[str, int] = {}
    await asyncio.sleep(NEWS_SECONDS)
    end = time.monotonic() + 12
    while time.monotonic() < end and field.service.is_running:
        for request, method, counts in (
            (wire.post("/api/chat", wire.chat("a", stream=False)), "POST", met),
            (wire.get("/health/ready"), "GET", ready),
        ):
            said = await _met(field, request, method)
            counts[said] = counts.get(said, 0) + 1
        await asyncio.sleep(0.05)
    answers = await asyncio.gather(*field.notes_of_streams)  # type: ignore[attr-defined]
    whole = answers.count("200 whole")
    field.check(whole == 10, f"{whole} of 10 open answers came whole: {set(answers)}")
    right = {"503", "refused"}
    field.check(set(met) <= right, f"new callers met with {met}")
    field.check(set(ready) <= right, f"/health/ready: {ready}")
    status = await asyncio.to_thread(field.service.wait, 30)
    field.check(status in (0, -15, 143), f"it ended with {status}")
    return f"new callers met with {met}, ready {ready}"


async def _met(field: Field, request: bytes, method: str) -> str:
    try:
        answer = await wire.send(field.port, request, method=method, seconds=5)
    except ConnectionRefusedError:
        return "refused"
    except (OSError, wire.Hung, asyncio.IncompleteReadError) as error:
        return type(error).__name__
    if answer.status == 503 and "retry-after" not in answer.headers:
        return "503" if method == "GET" else "503 without Retry-After"
    return str(answer.status)


@attack(
    *(7, 17),
    alone=True,
    witnessed=False,
    everywhere=True,
    workers=2,
    long=True,
    seconds=120,
)
async def killed_worker(field: Field) -> str:
    """A worker that is killed loses no row: its exchanges become interrupted, once."""
    asked = [
        asyncio.create_task(_outcome(field, f"zai:slow=30 {n}")) for n in range(20)
    ]
    await asyncio.sleep(3)
    for worker in field.service.serving()[:1]:
        worker.kill()
    await asyncio.sleep(1)
    other = await field.ask()
    field.check(other.status == 200, f"the other worker answers {other.status}")
    await asyncio.sleep(0.5)
    for task in asked:
        if not task.done():
            task.cancel()
    await asyncio.gather(*asked, return_exceptions=True)
    everything = "SELECT count(*) FROM chat_requestlog WHERE ending IS NULL"
    await field.eventually(
        lambda: field.database.rows(everything) == [(0,)],
        80,
        "rows of the killed worker stay open",
    )
    closed = field.database.rows(
        "SELECT ending, count(*) FROM chat_requestlog GROUP BY ending"
    )
    total = sum(count for _, count in closed)
    field.check(total >= 21, f"{total} rows of 23")
    return f"endings {dict(closed)}"


def _lives(process: psutil.Process) -> bool:
    """A zombie that nobody has collected is dead."""
    with contextlib.suppress(psutil.NoSuchProcess):
        alive: bool = process.status() != psutil.STATUS_ZOMBIE
        return alive
    return False


async def _outcome(field: Field, text: str) -> str:
    try:
        answer = await wire.send(
            field.port, wire.post("/api/chat", wire.chat(text)), seconds=60
        )
    except (OSError, wire.Hung, asyncio.IncompleteReadError) as error:
        return type(error).__name__
    with contextlib.suppress(ValueError):
        whole = b"[DONE]" in answer.body and b'"error"' not in answer.body
        return f"{answer.status} {'whole' if whole else 'cut'}"
    return str(answer.status)
