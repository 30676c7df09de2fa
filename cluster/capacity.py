"""How much two hosts carry, and how much one: `--capacity` and `--streams`."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from statistics import median
from typing import Any

import psutil
import uvloop

from benchmarks.caller import Answer, Caller, Lost, request
from cluster.ground import Cluster

PATH = "/api/chat"
CALLERS = 24
TURNS = 5
SECONDS = 8.0
EVENTS = 200
# Of a service that is to carry thousands from one address.
SETTINGS = {
    "CHAT_MAX_OPEN_EXCHANGES": "10000",
    "CHAT_MAX_OPEN_PER_ADDRESS": "10000",
    "ZAI_CONCURRENCY": "10000",
}
# So many streams begin a second, and are held for so long once all have begun.
A_SECOND = 200
SECONDS_HELD = 30.0
SECONDS_BETWEEN_EVENTS = 4

Ask = Callable[[int, float], Coroutine[Any, Any, float]]


def compare(cluster: Cluster) -> list[str]:
    """Return what one host and two did a second, by turns, and the ratio."""
    lines = []
    for name, ask in (("whole answers", whole), ("events of streams", events)):
        one, two, share = [], [], []
        for _ in range(TURNS):
            one.append(uvloop.run(ask(cluster.alone, SECONDS)))
            before, since = _cpu(cluster), time.monotonic()
            two.append(uvloop.run(ask(cluster.port, SECONDS)))
            share.append((_cpu(cluster) - before) / (time.monotonic() - since))
        ratio = median(b / a for a, b in zip(one, two, strict=True))
        lines.append(
            f"{name} a second: {median(one):.0f} by one host, {median(two):.0f} by two,"
            f" {ratio:.2f} times; the four workers had {median(share):.2f} of"
            f" {psutil.cpu_count()} cores"
        )
    return lines


async def whole(port: int, seconds: float) -> float:
    """Return how many answers in one piece came a second."""
    asking = request(PATH, "sim:events=20", stream=False)
    return await _ask_again_and_again(port, asking, seconds, lambda answer: 1)


async def events(port: int, seconds: float) -> float:
    """Return how many events came a second, as fast as they are sent."""
    asking = request(PATH, f"sim:events={EVENTS}")
    return await _ask_again_and_again(port, asking, seconds, lambda one: one.events)


async def _ask_again_and_again(
    port: int, asking: bytes, seconds: float, worth: Callable[[Answer], int]
) -> float:
    loop = asyncio.get_running_loop()
    callers = [await Caller.connect(port) for _ in range(CALLERS)]
    began = loop.time()

    async def go_on(caller: Caller) -> int:
        found = 0
        while loop.time() < began + seconds:
            answer = await caller.ask(asking)
            if answer.status != 200 or not answer.complete:
                raise Lost(f"an answer came with status {answer.status}")
            found += worth(answer)
        return found

    total = sum(await asyncio.gather(*map(go_on, callers)))
    passed = loop.time() - began
    for caller in callers:
        caller.hang_up()
    return total / passed


@dataclass(frozen=True)
class Carried:
    """`open` of a host is what it said itself; `whole` is how many came whole."""

    streams: int
    whole: int
    open: dict[str, int]
    megabytes: float

    def __str__(self) -> str:
        by_host = ", ".join(f"{name} {number}" for name, number in self.open.items())
        return (
            f"{self.streams} streams were open at once ({by_host}), {self.whole} came"
            f" whole; the four workers had {self.megabytes:.0f} MB"
        )


async def carry(cluster: Cluster, streams: int) -> Carried:
    """Hold so many open at once, and let all of them come to their end."""
    # The first goes on until the last has been open for long enough.
    seconds = streams / A_SECOND * 2 + SECONDS_HELD
    words = round(seconds / SECONDS_BETWEEN_EVENTS)
    scenario = f"sim:trickle={SECONDS_BETWEEN_EVENTS} sim:events={words}"
    asking = request(PATH, scenario)
    callers = []
    for number in range(streams):
        callers.append(await Caller.connect(cluster.port))
        callers[-1].ask(asking)
        if number % (A_SECOND // 10) == 0:
            await asyncio.sleep(0.1)
    async with asyncio.timeout(seconds):
        while not all(caller.answer.events for caller in callers):  # noqa: ASYNC110
            await asyncio.sleep(0.5)
    hosts = cluster.hosts.values()
    open_now = {one.name: await asyncio.to_thread(one.open_now) for one in hosts}
    memory = sum(one.process.rss for one in hosts if one.process)
    async with asyncio.timeout(4 * seconds):
        answers = await asyncio.gather(*(caller.done for caller in callers))
    for caller in callers:
        caller.hang_up()
    whole = sum(one.complete and one.status == 200 for one in answers)
    return Carried(streams, whole, open_now, memory / 1e6)


def _cpu(cluster: Cluster) -> float:
    hosts = cluster.hosts.values()
    return sum(host.process.cpu_seconds for host in hosts if host.process)
