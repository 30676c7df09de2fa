"""The cost of an event when many streams come at the pace of a model."""

import asyncio
import random
from dataclasses import dataclass

from benchmarks.caller import Caller, events_at_all
from benchmarks.meter import Cost
from benchmarks.target import Target

OPENING_SECONDS = 1.0
FIRST_EVENT_SECONDS = 15.0
ENDING_SECONDS = 180.0


class Stalled(Exception):
    """Some streams never began."""


@dataclass(frozen=True)
class Paced:
    event_us: float
    pace: float  # events that came, as a part of those that should have
    cost: Cost


async def paced(target: Target, streams: int, rate: int, seconds: float) -> Paced:
    """Measure a span in which all streams flow. Raises Lost, Stalled."""
    words = round(rate * (seconds + 2 * OPENING_SECONDS + 1))
    asking = target.request(f"sim:rate={rate} sim:events={words}")
    callers = await asyncio.gather(*(_open(target, asking) for _ in range(streams)))
    await _all_flowing(callers)
    meter, before = target.meter(), _events(callers)
    await asyncio.sleep(seconds)
    cost, events = meter.read(), _events(callers) - before
    async with asyncio.timeout(ENDING_SECONDS):
        answers = await asyncio.gather(*(caller.done for caller in callers))
    target.check(answers, words)
    for caller in callers:
        caller.hang_up()
    pace = events / (streams * rate * cost.wall)
    return Paced(cost.cpu / events * 1e6, min(pace, 1.0), cost)


async def _open(target: Target, asking: bytes) -> Caller:
    # Opened at once, all streams would speak at the same moments.
    await asyncio.sleep(random.uniform(0, OPENING_SECONDS))
    caller = await Caller.connect(target.port)
    caller.ask(asking)
    return caller


async def _all_flowing(callers: list[Caller]) -> None:
    try:
        async with asyncio.timeout(FIRST_EVENT_SECONDS):
            await events_at_all(callers, 2)
    except TimeoutError:
        begun = sum(caller.answer.events > 0 for caller in callers)
        for caller in callers:
            caller.hang_up()
        raise Stalled(f"{begun} of {len(callers)} streams began") from None


def _events(callers: list[Caller]) -> int:
    return sum(caller.answer.events for caller in callers)
