"""Faults of Z.AI's that must read as Z.AI's."""

import asyncio
import contextlib
import time

from attacks import wire
from attacks.attack import attack
from attacks.field import Field
from attacks.places import DOORS, RESPONSES

# Far below the heartbeat of 10 s and every timeout, far above any machine's hiccups.
AT_ONCE_SECONDS = 6.0
FAULTS = [f"bad_head={n}" for n in range(7)]
FAULTS += ["lying_length", "cut=-1", "cut=0", "cut=2", "bad_chunk=0", "quoted=x"]


@attack(21, everywhere=True)
async def broken_chunks(field: Field) -> str:
    """Broken framing in mid-stream is noticed at once, as a fault of Z.AI's."""
    started = time.monotonic()
    asked = [field.ask(f"zai:bad_chunk=3 {n}", stream=True) for n in range(20)]
    answers = await asyncio.gather(*asked)
    took = time.monotonic() - started
    field.check(
        took < AT_ONCE_SECONDS * field.patience, f"it was noticed after {took:.1f} s"
    )
    for answer in answers:
        field.check(b"upstream_failed" in answer.body, wire.shown(answer.body[-200:]))
        row = await field.closed_row(answer.id, "ending", "error_code", "status")
        field.check(row[:2] == ("upstream_failed", "upstream_failed"), f"row {row}")
    return f"20 streams, {took:.1f} s"


@attack(21, everywhere=True, settings={"ZAI_RETRY_BUDGET_SECONDS": "3"})
async def faults_before_an_event(field: Field) -> str:
    """Before the first event each fault is answered soon, with 502, after retries."""
    tried = [(fault, stream) for fault in FAULTS for stream in (True, False)]
    # Each of another model: the gate to one that fails again and again is shut.
    asked = (
        field.ask(f"zai:{fault}", stream=stream, model=f"glm-{number}")
        for number, (fault, stream) in enumerate(tried)
    )
    answers = await wire.gathered(asked, 8)
    slowest, worst = 0.0, ""
    for (fault, stream), answer in zip(tried, answers, strict=True):
        if isinstance(answer, BaseException):
            field.check(False, f"{fault}, stream {stream}: {answer!r}")
            continue
        if answer.seconds > slowest:
            slowest, worst = answer.seconds, fault
        row = await field.closed_row(answer.id, "ending", "status", "error_code")
        told = answer.status if answer.status != 200 else 502
        is_zais = row[0].startswith("upstream") and told in (502, 504)
        field.check(is_zais, f"{fault}, stream {stream}: {answer.status} {row}")
    field.check_time(slowest, 12, worst)
    return f"{2 * len(FAULTS)} faults, slowest {slowest:.1f} s ({worst})"


@attack(6, 21, everywhere=True)
async def odd_answers(field: Field) -> str:
    """Halves of characters, NUL, arguments nested deep: passed on or told, and kept."""
    orders = ["surrogates", "deep_tool", "deep_tool=300000", "junk_model=%00"]
    for order in (*orders, "long_words", "quoted_error=x"):
        for stream in (True, False):
            for door in (*DOORS, RESPONSES):
                text = f"zai:{order}"
                body = wire.chat(text, stream=stream, input=text)
                answer = await field.post(body, door)
                field.check(answer.status != 500, f"{order}: {answer.status}")
                await field.closed_row(answer.id)
    return f"{len(orders) + 2} answers, three dialects, streamed and whole"


@attack(21)
async def wrong_host(field: Field) -> str:
    """A wrong Host is one line of the log and a refusal on every path."""
    for path in (
        "/api/chat",
        "/v1/models",
        "/",
        "/admin/",
        "/admin/login/",
        "/static/",
    ):
        before = field.service.printed
        answer = await field.send(
            wire.get(path, host="evil.example"), method="GET", seconds=10
        )
        said = field.service.output(before).splitlines()
        field.check(answer.status in (400, 404), f"{path}: {answer.status}")
        said = [line for line in said if wire.attacker.get() in line or "ERROR" in line]
        field.check(len(said) <= 2, f"{path}: {len(said)} lines: {said[:1]}")
    return "6 paths"


@attack(8, 21)
async def refusals_without_end(field: Field) -> str:
    """A thousand refusals of Z.AI's at once cost nobody else a thing."""
    body = wire.chat("zai:refusal=1210", stream=False)
    answers = await wire.gathered((field.post(body) for _ in range(1_000)), 50)
    statuses = {getattr(answer, "status", repr(answer)) for answer in answers}
    field.check(statuses <= {400, 429, 503}, f"statuses {statuses}")
    return f"statuses {statuses}"


@attack(21)
async def leaving_callers(field: Field) -> str:
    """Callers who leave at every moment leave nothing behind."""
    body = wire.post("/api/chat", wire.chat("zai:slow=2"))

    async def leave(number: int) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            async with wire.connected(field.port) as line:
                await line.send(body[: len(body) - number % 3])
                await asyncio.sleep((number % 20) * 0.02)
                line.reset()

    await wire.gathered((leave(n) for n in range(300)), 60)
    query = "SELECT count(*) FROM chat_requestlog WHERE ending IS NULL AND address = ?"
    await field.eventually(
        lambda: field.database.rows(query, wire.attacker.get()) == [(0,)],
        15,
        "rows of callers who left stay open",
    )
    return "300 callers"
