"""Starts, leaves, resumes and stops at random, for minutes."""

import argparse
import asyncio
import time
from collections import Counter

import httpx

from benchmarks.resume.ground import Ground, standing
from benchmarks.resume.verdict import judge
from benchmarks.resume.visitor import Visitor
from benchmarks.soak.watch import Watch

# Little, so that it has to make room again and again.
KEPT_BYTES = 20_000_000


def add_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--minutes", type=float, default=10)
    add("--starts", type=int, default=10_000, help="at most so many")
    add("--visitors", type=int, default=30)
    add("--processes", type=int, default=1, help="two and more with Redis")
    add("--keep", type=float, default=20, help="seconds that an answer is kept")


def run(options: argparse.Namespace) -> bool:
    """Whether nothing is wrong; it says what is."""
    settings = {
        "CHAT_KEEP_BYTES": str(KEPT_BYTES),
        "CHAT_KEEP_ANSWER_SECONDS": f"{options.keep:g}",
        "CHAT_LEFT_SECONDS": "5",
    }
    with standing(options.processes, settings) as ground:
        rss, before = ground.rss, ground.rows()
        watches = [Watch(target) for target in ground.targets]
        counts, faults = asyncio.run(_soak(ground, options))
        asked = counts["asked"] + before.total()
        faults += judge(ground, watches, asked, rss + options.processes * KEPT_BYTES)
        print(" ".join(f"{what}={n}" for what, n in sorted(counts.items())))
        grown = (ground.rss - rss) / 1e6
        print(f"Endings: {dict(ground.rows() - before)}; {grown:.0f} MB more.")
        for watch in watches:
            watch.close()
    for fault, number in faults.items():
        print(f"{fault}: {number}")
    return not faults


async def _soak(
    ground: Ground, options: argparse.Namespace
) -> tuple[Counter[str], Counter[str]]:
    counts: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    end = time.monotonic() + options.minutes * 60

    async def live() -> None:
        async with (
            httpx.AsyncClient(timeout=60, trust_env=False) as client,
            httpx.AsyncClient(timeout=60, trust_env=False) as other,
        ):
            visitor = Visitor(ground.urls, client, other, counts)
            while time.monotonic() < end and counts["asked"] < options.starts:
                await visitor.act()
            faults.update(visitor.faults)

    async with asyncio.TaskGroup() as group:
        for _ in range(options.visitors):
            group.create_task(live())
    return counts, faults
