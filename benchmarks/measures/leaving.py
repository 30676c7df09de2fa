"""How soon Z.AI hears that a caller left in mid-stream."""

import asyncio
import time
from typing import Any

import httpx

from benchmarks.caller import Caller, Lost, events_at_all
from benchmarks.target import Target

SCENARIO = "sim:rate=20 sim:events=900"
HEARD_SECONDS = 5.0
LOOK_SECONDS = 0.02
MS = 1e3


async def leaving(target: Target, leavers: int) -> list[float]:
    """Return milliseconds, by the stand-in's own notes. Raises Lost."""
    asking = target.request(SCENARIO)
    base = f"http://127.0.0.1:{target.standin.port}/_simulator/"
    async with httpx.AsyncClient(base_url=base, trust_env=False) as http:
        await http.post("reset")
        callers = [await Caller.connect(target.port) for _ in range(leavers)]
        for caller in callers:
            caller.ask(asking)
        try:
            async with asyncio.timeout(30):
                await events_at_all(callers, 2)
            return [
                await _leave(http, caller, number)
                for number, caller in enumerate(callers, 1)
            ]
        finally:
            for caller in callers:
                caller.hang_up()


async def _leave(http: httpx.AsyncClient, caller: Caller, number: int) -> float:
    left = time.time()
    caller.hang_up()
    try:
        async with asyncio.timeout(HEARD_SECONDS):
            # Nothing else tells of what another process notes.
            while len(heard := await _heard(http)) < number:  # noqa: ASYNC110
                await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError:
        raise Lost(f"Z.AI heard nothing within {HEARD_SECONDS:g} s") from None
    return max(0.0, heard[-1] - left) * MS


async def _heard(http: httpx.AsyncClient) -> list[float]:
    """When requests ended so far, before their last event."""
    said: dict[str, Any] = (await http.get("state")).json()
    return sorted(
        one["ended"]
        for one in said["requests"]
        if one["how"] not in (None, "completed")
    )
