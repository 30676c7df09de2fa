"""How many streams flow at the pace of a model, none with a gap that is felt."""

import asyncio

from benchmarks.caller import Caller
from benchmarks.measures.streams import (
    OPENING_SECONDS,
    Stalled,
    events,
    hang_up,
    open_streams,
)
from benchmarks.target import Target

# As many times the time between two events.
FELT = 10
KEPT_UP = 0.95
BETWEEN_SECONDS = 1.0


async def sustained(
    target: Target, numbers: tuple[int, ...], rate: int, seconds: float
) -> int:
    """Return the most of `numbers`, tried in their order; 0 if not even the first."""
    most = 0
    for streams in numbers:
        try:
            if not await _flow(target, streams, rate, seconds):
                break
        except Stalled:
            break
        most = streams
        await asyncio.sleep(BETWEEN_SECONDS)
    return most


async def _flow(target: Target, streams: int, rate: int, seconds: float) -> bool:
    """Whether so many streams came at their pace, and without a gap."""
    words = round(rate * (seconds + 2 * OPENING_SECONDS + 1))
    asking = target.request(f"sim:rate={rate} sim:events={words}")
    callers = await open_streams(target, asking, streams)
    loop = asyncio.get_running_loop()
    began, before = loop.time(), events(callers)
    for caller in callers:
        caller.begin_gaps()
    await asyncio.sleep(seconds)
    pace = (events(callers) - before) / (streams * rate * (loop.time() - began))
    longest = max(_gaps(callers))
    hang_up(callers)
    return longest < FELT / rate and pace > KEPT_UP


def _gaps(callers: list[Caller]) -> list[float]:
    return [caller.longest_gap() for caller in callers]
