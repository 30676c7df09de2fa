"""Bodies that fill the memory, or are refused before they come."""

import asyncio
import contextlib
import time

from attacks import wire
from attacks.attack import attack
from attacks.field import Field


@attack(4, settings={"CHAT_BODY_TIMEOUT_SECONDS": "60"}, seconds=90)
async def bodies_in_flight(field: Field) -> str:
    """Of fifty bodies of 19 MB on their way, only 256 MB are held; small ones pass."""
    before = field.service.memory
    peak = 0
    results: list[str] = []
    piece = b'{"messages":[{"role":"user","content":"' + b"a" * 500_000

    async def slowly() -> None:
        with contextlib.suppress(ConnectionError):
            async with wire.connected(field.port) as line:
                answering = asyncio.create_task(line.answer(seconds=12))
                sized = ("Content-Length: 19000000", "Content-Type: application/json")
                await line.send(wire.head("POST", "/api/chat", *sized) + piece)
                for _ in range(30):
                    if answering.done():
                        break
                    with contextlib.suppress(ConnectionError):
                        await line.send(b"a" * 600_000)
                    await asyncio.sleep(0.05)
                try:
                    answer = await answering
                    results.append(f"{answer.status} {answer.code}")
                except wire.Hung:
                    results.append("held")
                return
        results.append("reset")

    tasks = [asyncio.create_task(slowly()) for _ in range(50)]
    while not all(task.done() for task in tasks):
        peak = max(peak, await asyncio.to_thread(lambda: field.service.memory))
        await asyncio.sleep(0.1)
    grown = (peak - before) / 1e6
    refused = results.count("503 at_capacity")
    field.check(grown < 700, f"the service grew by {grown:.0f} MB")
    field.check(refused >= 30, f"{refused} of 50 were refused: {sorted(set(results))}")
    return f"{refused} of 50 refused, +{grown:.0f} MB at the most"


@attack(4)
async def by_the_head_alone(field: Field) -> str:
    """Path, method, Host and content type are refused before any of a body comes."""
    announced = "Content-Length: 19000000"
    json = "Content-Type: application/json"
    heads = {
        404: wire.head("POST", "/api/nothing", announced, json),
        405: wire.head("PUT", "/api/chat", announced, json),
        415: wire.head("POST", "/api/chat", announced, "Content-Type: text/html"),
        400: wire.head("POST", "/api/chat", announced, json, host="evil.example"),
    }
    slowest = 0.0
    for status, head in heads.items():
        answer = await field.send(head + b'{"messages"')
        slowest = max(slowest, answer.seconds)
        field.check(answer.status == status, f"{status} expected: {answer.status}")
    field.check(slowest < 2.0, f"the last answer took {slowest:.1f} s")
    return f"slowest refusal {slowest * 1000:.0f} ms"


@attack(4, long=True, seconds=120)
async def large_bodies(field: Field) -> str:
    """Fifty bodies of 19 MB that are served leave no memory behind."""
    text = b"a" * 19_000_000
    body = b'{"stream":false,"messages":[{"role":"user","content":"%s"}]}' % text
    started = time.monotonic()
    answers = await wire.gathered((field.post(body) for _ in range(50)), 8)
    statuses = {getattr(answer, "status", repr(answer)) for answer in answers}
    field.check(statuses <= {200, 503}, f"statuses {statuses}")
    return f"{time.monotonic() - started:.0f} s, statuses {statuses}"
