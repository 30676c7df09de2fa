"""Many streams, opened over a second and flowing."""

import asyncio
import random

from benchmarks.caller import Caller, events_at_all
from benchmarks.target import Target

OPENING_SECONDS = 1.0
FIRST_EVENT_SECONDS = 15.0


class Stalled(Exception):
    """Some streams never began."""


async def open_streams(target: Target, asking: bytes, streams: int) -> list[Caller]:
    """Return the callers, once all of their streams flow. Raises Stalled."""
    # Opened at once, all streams would speak at the same moments.
    callers = await asyncio.gather(*(_open(target, asking) for _ in range(streams)))
    try:
        async with asyncio.timeout(FIRST_EVENT_SECONDS):
            await events_at_all(callers, 2)
    except TimeoutError:
        begun = sum(caller.answer.events > 0 for caller in callers)
        hang_up(callers)
        raise Stalled(f"{begun} of {len(callers)} streams began") from None
    return callers


async def ended(target: Target, callers: list[Caller], words: int) -> None:
    """Return when all have their last event. Raises Lost, TimeoutError."""
    async with asyncio.timeout(180):
        answers = await asyncio.gather(*(caller.done for caller in callers))
    target.check(answers, words)
    hang_up(callers)


def hang_up(callers: list[Caller]) -> None:
    for caller in callers:
        caller.hang_up()


def events(callers: list[Caller]) -> int:
    return sum(caller.answer.events for caller in callers)


async def _open(target: Target, asking: bytes) -> Caller:
    await asyncio.sleep(random.uniform(0, OPENING_SECONDS))
    caller = await Caller.connect(target.port)
    caller.ask(asking)
    return caller
