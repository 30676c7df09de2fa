"""The callers of a soak: each serves one request as its kind does."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from benchmarks.soak.bodies import (
    leaving_body,
    nonsense,
    oversized,
    oversized_unannounced,
    trickled,
    wrong_method,
)
from benchmarks.soak.failing import scenarios
from benchmarks.soak.line import FAILING_MODEL, FAULTS, connected, leave, request

FAILING = scenarios()
Caller = Callable[[int], Awaitable[str]]


async def normal(port: int) -> str:
    return await _ask(port, "sim:rate=50 sim:events=150")


async def flooded(port: int) -> str:
    return await _ask(port, "sim:flood sim:events=5000")


async def whole(port: int) -> str:
    return await _ask(port, "sim:events=50", stream=False)


async def failing(port: int) -> str:
    """Any failure there is, streamed or not."""
    scenario = random.choice(FAILING)
    stream = random.random() < 0.7
    met = await _ask(port, scenario, stream=stream, model=FAILING_MODEL)
    return f"{met} ({scenario})" if met in FAULTS else met


async def slow_reader(port: int) -> str:
    async with connected(port) as line:
        await line.send(request("sim:flood sim:events=10000"))
        while True:
            await asyncio.sleep(0.02)
            if not await line.reader.read(16_384):
                return "read to the end"


async def not_reading(port: int) -> str:
    """Takes a little and then nothing, until the service gives it up."""
    async with connected(port) as line:
        await line.send(request("sim:flood sim:events=100000"))
        await line.reader.read(1024)
        await asyncio.sleep(10)
        line.reset()
        return "left"


async def leaving_early(port: int) -> str:
    scenario = random.choice(["sim:slow=20", "sim:slow-headers=20", "sim:silent"])
    return await leave(port, request(scenario), random.uniform(0, 1))


async def leaving_midway(port: int) -> str:
    scenario = random.choice(["sim:rate=50 sim:events=500", "sim:stall=20@5"])
    return await leave(port, request(scenario), random.uniform(0.3, 2))


async def leaving_whole(port: int) -> str:
    asking = request("sim:slow=20", stream=False)
    return await leave(port, asking, random.uniform(0.1, 1))


async def leaving_retry(port: int) -> str:
    return await leave(port, request("sim:error=1305"), random.uniform(0.1, 1))


# How often each comes, among all.
KINDS: dict[Caller, int] = {
    normal: 30,
    flooded: 10,
    whole: 20,
    failing: 40,
    slow_reader: 5,
    not_reading: 2,
    leaving_early: 8,
    leaving_midway: 12,
    leaving_whole: 6,
    leaving_retry: 4,
    oversized: 3,
    oversized_unannounced: 3,
    trickled: 4,
    leaving_body: 3,
    nonsense: 5,
    wrong_method: 2,
}
# Those that take no longer than a few seconds.
BRIEF = {kind: KINDS[kind] for kind in (whole, leaving_midway, oversized, nonsense)}


async def _ask(
    port: int, scenario: str, *, stream: bool = True, model: str = "glm-4.6"
) -> str:
    async with connected(port) as line:
        await line.send(request(scenario, stream=stream, model=model))
        return await line.outcome()
