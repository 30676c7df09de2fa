"""Many who ask at once: how often Z.AI is asked, who is refused, and who waits."""

import asyncio
import random
import statistics
from collections.abc import Iterator, Sequence

import uvloop

from benchmarks.gate.finding import Finding
from benchmarks.gate.ground import CROWD, LARGE, SMALL, Ground
from benchmarks.gate.setting import SLOTS
from benchmarks.gate.waiter import Wait, begin_wait, question, wait_once

USERS = 50
SECONDS_TO_COME_IN = 30.0


def prove_crowds(ground: Ground, callers: int, seconds: float) -> Iterator[Finding]:
    """One client with `callers` at once; then a small one beside a large one that
    waits already. `seconds` is what an answer takes in the mean, there twice that.
    """
    yield from _one_crowd(ground, callers, seconds)
    large, small = callers * 4 // 5, callers // 25
    yield from _two_clients(ground, large, small, 2 * seconds)


def _one_crowd(ground: Ground, callers: int, seconds: float) -> Iterator[Finding]:
    ground.counts.begin(ground.setting.limit)
    key = ground.keys[CROWD]
    asked = [
        question(key, _about(seconds), f"user-{number % USERS}")
        for number in range(callers)
    ]
    waits = uvloop.run(_ask_all(ground.port, asked))
    count = ground.counts.now()
    ratio = count.questions / count.answered if count.answered else None
    yield Finding(
        f"questions to answers, {callers} callers",
        ratio,
        1.05 if ground.setting.is_exact else 1.15,
    )
    yield Finding("callers who were not answered", _failed(waits), 0)
    if ground.setting.learns:
        yield Finding("questions that Z.AI refused", count.too_many)
    else:
        yield Finding("most open at once", count.most_open, SLOTS)
    busy = sum(number * lasted for number, lasted in count.seconds_open.items())
    longest = max((wait.waited or 0 for wait in waits), default=0)
    unused = 1 - busy / SLOTS / longest if longest else None
    yield Finding("part of the slots that stood empty", unused)


def _two_clients(
    ground: Ground, large: int, small: int, seconds: float
) -> Iterator[Finding]:
    ground.counts.begin(ground.setting.limit)
    first, then = (
        [question(ground.keys[name], _about(seconds)) for _ in range(number)]
        for name, number in ((LARGE, large), (SMALL, small))
    )
    waits = uvloop.run(_ask_then(ground.port, first, then))
    medians = {SMALL: _median(waits[large:]), LARGE: _median(waits[:large])}
    yield Finding(f"seconds of wait, client with {small}", medians[SMALL])
    yield Finding(f"seconds of wait, client with {large}", medians[LARGE])
    ratio = None
    if medians[SMALL] is not None and medians[LARGE]:
        ratio = medians[SMALL] / medians[LARGE]
    yield Finding("the one to the other", ratio, 1 / 5)
    yield Finding("callers of both who were not answered", _failed(waits), 0)


async def _ask_then(
    port: int, first: Sequence[bytes], then: Sequence[bytes]
) -> list[Wait]:
    """Ask `then` once all of `first` are told that they wait, or have been answered:
    how long it takes until hundreds have come in is no wait of the gate's."""
    begun = [begin_wait(port, asking) for asking in first]
    end = asyncio.get_running_loop().time() + SECONDS_TO_COME_IN
    while not all(wait.told or task.done() for wait, task in begun):
        if asyncio.get_running_loop().time() > end:
            break
        await asyncio.sleep(0.05)
    begun += [begin_wait(port, asking) for asking in then]
    await asyncio.gather(*(task for _, task in begun))
    return [wait for wait, _ in begun]


async def _ask_all(port: int, asked: Sequence[bytes]) -> list[Wait]:
    return await asyncio.gather(*(wait_once(port, asking) for asking in asked))


def _about(seconds: float) -> float:
    return random.uniform(0.5 * seconds, 1.5 * seconds)


def _failed(waits: Sequence[Wait]) -> int:
    return sum(wait.outcome != "answered" for wait in waits)


def _median(waits: Sequence[Wait]) -> float | None:
    known = [wait.waited for wait in waits if wait.waited is not None]
    return statistics.median(known) if known else None
