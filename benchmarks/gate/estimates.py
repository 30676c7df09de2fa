"""The wait that a caller is told, beside the one that it was."""

import asyncio
import random
import statistics
from collections.abc import Iterator, Sequence

import uvloop

from benchmarks.gate.finding import Finding
from benchmarks.gate.ground import CROWD, Ground
from benchmarks.gate.waiter import Wait, question, wait_once

CALLERS = 40
ANSWER_SECONDS = 0.8
# What is told is in whole seconds: less than one cannot be told apart.
LEAST_SECONDS = 1.0
MOST_WRONG = 1 / 3


def prove_estimates(ground: Ground, waits: int) -> Iterator[Finding]:
    """So many waits, of callers who come and go, with answers of any length."""
    ground.counts.begin(ground.setting.limit)
    seen = uvloop.run(_ask_all(ground, waits))
    first = [pair for wait in seen for pair in wait.truths()[:1]]
    all_of_them = [pair for wait in seen for pair in wait.truths()]
    yield Finding("waits that were told nothing", len(seen) - len(first))
    yield Finding(
        f"median error of what {len(first)} were told first", _error(first), MOST_WRONG
    )
    yield Finding(
        f"of all that was told, {len(all_of_them)} times", _error(all_of_them)
    )
    yield Finding("median of what was told, to the truth", _bias(all_of_them))


def _error(pairs: Sequence[tuple[float, float]]) -> float | None:
    """The median, as a part of the true wait."""
    wrong = [abs(told - true) / max(true, LEAST_SECONDS) for told, true in pairs]
    return statistics.median(wrong) if wrong else None


def _bias(pairs: Sequence[tuple[float, float]]) -> float | None:
    ratios = [told / true for told, true in pairs if true >= LEAST_SECONDS]
    return statistics.median(ratios) if ratios else None


async def _ask_all(ground: Ground, waits: int) -> list[Wait]:
    """Half of them all at once, the others one after the other as some come to an
    end."""
    room = asyncio.Semaphore(CALLERS)
    return await asyncio.gather(
        *(_ask(ground, room, number < waits // 2) for number in range(waits))
    )


async def _ask(ground: Ground, room: asyncio.Semaphore, at_once: bool) -> Wait:
    asking = question(ground.keys[CROWD], random.uniform(0.2, 1.8) * ANSWER_SECONDS)
    if at_once:
        return await wait_once(ground.port, asking)
    async with room:
        return await wait_once(ground.port, asking)
