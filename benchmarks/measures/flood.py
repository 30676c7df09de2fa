"""The cost of an event when they come as fast as they can."""

import asyncio
from dataclasses import dataclass

from benchmarks.caller import Caller
from benchmarks.meter import Cost
from benchmarks.target import Target

FIRST_GUESS = 1_000  # events a stream
MOST = 900_000  # the stand-in counts no further than a million
ANSWER_SECONDS = 180.0


@dataclass(frozen=True)
class Flood:
    event_us: float
    events_a_second: float
    cost: Cost


async def flood(target: Target, streams: int, cpu_seconds: float) -> Flood:
    """Pour more and more events, until they cost enough to tell. Raises Lost."""
    words = FIRST_GUESS
    while True:
        cost, events = await _pour(target, streams, words)
        if cost.cpu >= cpu_seconds or words == MOST:
            return Flood(cost.cpu / events * 1e6, events / cost.wall, cost)
        growth = 1.2 * cpu_seconds / max(cost.cpu, 0.02)
        words = min(round(words * min(growth, 10)), MOST)


async def _pour(target: Target, streams: int, words: int) -> tuple[Cost, int]:
    asking = target.request(f"sim:flood sim:events={words}")
    callers = [await Caller.connect(target.port) for _ in range(streams)]
    meter = target.meter()
    async with asyncio.timeout(ANSWER_SECONDS):
        answers = await asyncio.gather(*(caller.ask(asking) for caller in callers))
    cost = meter.read()
    for caller in callers:
        caller.hang_up()
    target.check(answers, words)
    return cost, sum(answer.events for answer in answers)
