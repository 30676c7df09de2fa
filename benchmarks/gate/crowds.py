"""Many who ask at once: how often Z.AI is asked, who is refused, and who waits."""

import asyncio
import random
import statistics
from collections.abc import Iterator, Sequence

import uvloop

from benchmarks.gate.finding import Finding
from benchmarks.gate.ground import CROWD, LARGE, SMALL, Ground
from benchmarks.gate.setting import SLOTS
from benchmarks.gate.waiter import Wait, question, wait_once

USERS = 50


def prove_crowds(ground: Ground, callers: int, seconds: float) -> Iterator[Finding]:
    """One client with `callers` at once, then a large one beside a small one.

    `seconds` is what an answer takes in the mean.
    """
    yield from _one_crowd(ground, callers, seconds)
    yield from _two_clients(ground, callers * 4 // 5, callers // 25, seconds)


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
    asked = [
        *(question(ground.keys[LARGE], _about(seconds)) for _ in range(large)),
        *(question(ground.keys[SMALL], _about(seconds)) for _ in range(small)),
    ]
    waits = uvloop.run(_ask_all(ground.port, asked))
    medians = [_median(waits[large:]), _median(waits[:large])]
    ratio = medians[0] / medians[1] if medians[0] and medians[1] else None
    yield Finding(f"wait of a client with {small}, to one with {large}", ratio, 1 / 5)
    yield Finding("callers of both who were not answered", _failed(waits), 0)


async def _ask_all(port: int, asked: Sequence[bytes]) -> list[Wait]:
    return await asyncio.gather(*(wait_once(port, asking) for asking in asked))


def _about(seconds: float) -> float:
    return random.uniform(0.5 * seconds, 1.5 * seconds)


def _failed(waits: Sequence[Wait]) -> int:
    return sum(wait.outcome != "answered" for wait in waits)


def _median(waits: Sequence[Wait]) -> float | None:
    known = [wait.waited for wait in waits if wait.waited is not None]
    return statistics.median(known) if known else None
