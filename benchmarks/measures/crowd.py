"""How long many wait who ask at once."""

import asyncio

from benchmarks.caller import Caller, Lost
from benchmarks.target import Target

SCENARIO = "sim:events=20"
SECONDS = 20.0
MS = 1e3


async def crowd(target: Target, callers: int) -> list[float]:
    """Return the milliseconds until each has a word. Raises Lost, TimeoutError."""
    asking = target.request(SCENARIO)
    crowd = [await Caller.connect(target.port) for _ in range(callers)]
    async with asyncio.timeout(SECONDS):
        answers = await asyncio.gather(*(caller.ask(asking) for caller in crowd))
    for caller in crowd:
        caller.hang_up()
    waits = [a.first_event - a.asked for a in answers if a.first_event is not None]
    if len(waits) < callers:
        raise Lost(f"{callers - len(waits)} of {callers} got no word")
    return [seconds * MS for seconds in waits]
