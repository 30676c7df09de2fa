"""The memory of a stream that is open and slow."""

import asyncio
from dataclasses import dataclass

from benchmarks.caller import Caller, Lost, events_at_all
from benchmarks.target import Target

SCENARIO = "sim:trickle=2 sim:events=900"
AT_ONCE = 20
OPENING_SECONDS = 120.0


@dataclass(frozen=True)
class Memory:
    idle_mb: float
    stream_kb: float


async def memory(target: Target, streams: int, settling: float) -> Memory:
    """Measure a server that has had nothing else to do. Raises Lost."""
    await asyncio.sleep(settling)
    idle = target.process.memory
    callers = await opened(target, streams)
    await asyncio.sleep(settling)
    failed = sum(caller.done.done() for caller in callers)
    grown = target.process.memory - idle
    for caller in callers:
        caller.hang_up()
    if failed:
        raise Lost(f"{failed} of {streams} open streams failed")
    return Memory(idle / 1e6, grown / streams / 1e3)


async def opened(target: Target, streams: int) -> list[Caller]:
    """Return the callers, each with its first event. Raises Lost."""
    asking, callers = target.request(SCENARIO), list[Caller]()
    try:
        async with asyncio.timeout(OPENING_SECONDS):
            while len(callers) < streams:
                count = min(AT_ONCE, streams - len(callers))
                fresh = [await Caller.connect(target.port) for _ in range(count)]
                callers += fresh
                for caller in fresh:
                    caller.ask(asking)
                await events_at_all(fresh, 1)
    except TimeoutError:
        begun = sum(caller.answer.events > 0 for caller in callers)
        for caller in callers:
            caller.hang_up()
        raise Lost(f"{begun} of {streams} open streams began") from None
    return callers
