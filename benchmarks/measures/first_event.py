"""How much later than from the stand-in itself the first event comes."""

from statistics import median
from time import perf_counter

from benchmarks.caller import Caller, Lost, request
from benchmarks.standin import API_PATH
from benchmarks.target import Target

SCENARIO = "sim:events=5"


async def first_event(target: Target, times: int) -> float:
    """Return milliseconds, by turns through the server and past it. Raises Lost."""
    through = await Caller.connect(target.port)
    past = await Caller.connect(target.standin.port)
    straight = request(f"{API_PATH}/chat/completions", SCENARIO)
    pairs = [
        (
            await _wait(through, target.request(SCENARIO)),
            await _wait(past, straight),
        )
        for _ in range(times)
    ]
    through.hang_up()
    past.hang_up()
    slower, faster = zip(*pairs, strict=True)
    return (median(slower) - median(faster)) * 1e3


async def _wait(caller: Caller, asking: bytes) -> float:
    asked = perf_counter()
    answer = await caller.ask(asking)
    if answer.first_event is None:
        raise Lost(f"no event, status {answer.status}")
    return answer.first_event - asked
