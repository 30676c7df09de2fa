"""The cost of an answer in one piece."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.caller import Caller, Lost
from benchmarks.meter import Cost
from benchmarks.target import Target

SCENARIO = "sim:events=20"


@dataclass(frozen=True)
class Whole:
    """`answer_ms` has what was done afterwards too."""

    answer_ms: float
    answers_a_second: float
    cost: Cost


async def whole(
    target: Target, callers: int, seconds: float, afterwards: float = 0.0
) -> Whole:
    """Let callers ask again and again, and watch the server for so long `afterwards`.

    Raises Lost.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    return await _ask(target, callers, afterwards, lambda _: loop.time() < end)


async def one_at_a_time(target: Target, answers: int, afterwards: float) -> Whole:
    """Let one caller ask so often, likewise. Raises Lost."""
    return await _ask(target, 1, afterwards, lambda count: count < answers)


async def _ask(
    target: Target, callers: int, afterwards: float, goes_on: Callable[[int], bool]
) -> Whole:
    asking = target.request(SCENARIO, stream=False)
    connections = [await Caller.connect(target.port) for _ in range(callers)]
    meter = target.meter()
    counts = await asyncio.gather(*(_again(c, asking, goes_on) for c in connections))
    during, answers = meter.read(), sum(counts)
    await asyncio.sleep(afterwards)
    cpu = meter.read().cpu
    for connection in connections:
        connection.hang_up()
    return Whole(cpu / answers * 1e3, answers / during.wall, during)


async def _again(caller: Caller, asking: bytes, goes_on: Callable[[int], bool]) -> int:
    count = 0
    while goes_on(count):
        answer = await caller.ask(asking)
        if answer.status != 200:
            raise Lost(f"an answer came with status {answer.status}")
        count += 1
    return count
