"""How much later something comes than from the stand-in itself, for one caller."""

from statistics import median

from benchmarks.caller import Caller, Lost, request
from benchmarks.standin import API_PATH
from benchmarks.target import Target

SCENARIO = "sim:events=5"
MS = 1e3


async def added(target: Target, times: int, *, stream: bool = True) -> list[float]:
    """Return milliseconds, each less the median of direct calls made by turns.

    Of a stream until its first word, else until all of it is there. Raises Lost.
    """
    through = await Caller.connect(target.port)
    past = await Caller.connect(target.standin.port)
    path = f"{API_PATH}/chat/completions"
    straight = request(path, SCENARIO, stream=stream)
    asking = target.request(SCENARIO, stream=stream)
    slower, faster = [], []
    for _ in range(times):
        slower.append(await _wait(through, asking, stream))
        faster.append(await _wait(past, straight, stream))
    through.hang_up()
    past.hang_up()
    direct = median(faster)
    return [(seconds - direct) * MS for seconds in slower]


async def _wait(caller: Caller, asking: bytes, stream: bool) -> float:
    answer = await caller.ask(asking)
    came = answer.first_event if stream else answer.ended
    if came is None or answer.status != 200:
        raise Lost(f"no answer, status {answer.status}")
    return came - answer.asked
