"""The cost of an event when many streams come at the pace of a model."""

import asyncio
from dataclasses import dataclass

from benchmarks.measures.streams import OPENING_SECONDS, ended, events, open_streams
from benchmarks.meter import Cost
from benchmarks.target import Target

SETTLING_SECONDS = 1.0  # for what a start leaves to be done, such as its row
SPARE_SECONDS = 1.0


@dataclass(frozen=True)
class Paced:
    event_us: float
    pace: float  # events that came, as a part of those that should have
    cost: Cost


async def paced(target: Target, streams: int, rate: int, seconds: float) -> Paced:
    """Measure a span in which all streams flow. Raises Lost, Stalled."""
    lasts = OPENING_SECONDS + SETTLING_SECONDS + seconds + SPARE_SECONDS
    words = round(rate * lasts)
    asking = target.request(f"sim:rate={rate} sim:events={words}")
    callers = await open_streams(target, asking, streams)
    await asyncio.sleep(SETTLING_SECONDS)
    meter, before = target.meter(), events(callers)
    await asyncio.sleep(seconds)
    cost, came = meter.read(), events(callers) - before
    await ended(target, callers, words)
    pace = came / (streams * rate * cost.wall)
    return Paced(cost.cpu / came * 1e6, min(pace, 1.0), cost)


async def whole_span(
    target: Target, streams: int, rate: int, words: int, afterwards: float
) -> Paced:
    """Measure streams of so many words from before they are asked for until
    `afterwards` seconds after their end. Raises Lost, Stalled."""
    asking = target.request(f"sim:rate={rate} sim:events={words}")
    meter = target.meter()
    callers = await open_streams(target, asking, streams)
    await ended(target, callers, words)
    during, came = meter.read(), streams * words
    await asyncio.sleep(afterwards)
    took = max(during.wall - OPENING_SECONDS, words / rate)
    pace = came / (streams * rate * took)
    return Paced(meter.read().cpu / came * 1e6, min(pace, 1.0), during)
