"""The cost of an answer in one piece."""

import asyncio
from dataclasses import dataclass

from benchmarks.caller import Caller, Lost
from benchmarks.meter import Cost
from benchmarks.target import Target


@dataclass(frozen=True)
class Whole:
    answer_ms: float
    answers_a_second: float
    cost: Cost


async def whole(target: Target, callers: int, seconds: float) -> Whole:
    """Let callers ask again and again. Raises Lost."""
    asking = target.request("sim:events=20", stream=False)
    connections = [await Caller.connect(target.port) for _ in range(callers)]
    end = asyncio.get_running_loop().time() + seconds
    meter = target.meter()
    counts = await asyncio.gather(*(_ask(c, asking, end) for c in connections))
    cost = meter.read()
    for connection in connections:
        connection.hang_up()
    answers = sum(counts)
    return Whole(cost.cpu / answers * 1e3, answers / cost.wall, cost)


async def _ask(caller: Caller, asking: bytes, end: float) -> int:
    loop, count = asyncio.get_running_loop(), 0
    while loop.time() < end:
        answer = await caller.ask(asking)
        if answer.status != 200:
            raise Lost(f"an answer came with status {answer.status}")
        count += 1
    return count
