"""`python -m benchmarks.many`: thousands of open streams on one worker.

The service with everything on holds them open, each with an event every two seconds,
while somebody asks `/health` again and again. It is looked for errors, for how long
`/health` took, and for the memory of a stream; `--kept` has the answers kept for who
comes back too, as the service does by itself.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import httpx
import uvloop

from benchmarks.caller import Caller, Lost
from benchmarks.limits import raise_file_limit, stop_when_told
from benchmarks.measures.memory import opened
from benchmarks.process import CannotStart
from benchmarks.standin import standing_in
from benchmarks.target import Target, launched
from benchmarks.variants import OURS, UNKEPT_OURS

WARM_UP = 50
ASK_SECONDS = 0.05  # between two questions to /health
MOST_KB = 45
MOST_MS = 50


@dataclass(frozen=True)
class Found:
    """Times are in milliseconds: while streams were opened, and once all were open."""

    stream_kb: float
    opening: list[float]
    open: list[float]


def main() -> None:
    options = _options()
    raise_file_limit()
    stop_when_told()
    server = OURS if options.kept else UNKEPT_OURS
    with tempfile.TemporaryDirectory() as name, standing_in(Path(name)) as standin:
        try:
            with launched(server, standin, WARM_UP) as target:
                found = uvloop.run(_hold(target, options.streams, options.seconds))
        except (Lost, CannotStart) as error:
            sys.exit(f"{error}")
    print(f"{options.streams} streams were open, and none failed.")
    kilobytes, slowest = found.stream_kb, max(found.open)
    goal = "" if options.kept else _verdict(kilobytes, MOST_KB)
    print(f"an open stream: {kilobytes:.1f} KB{goal}")
    _print("while they were opened", found.opening)
    _print("while all were open", found.open, _verdict(slowest, MOST_MS))


def _print(when: str, times: list[float], to_reach: str = "") -> None:
    print(
        f"/health, {when}: median {median(times):.1f} ms, at most {max(times):.0f} ms,"
        f" asked {len(times)} times{to_reach}"
    )


def _verdict(figure: float, most: float) -> str:
    return f", to reach {most}: {'met' if figure <= most else 'NOT MET'}"


async def _hold(target: Target, streams: int, seconds: float) -> Found:
    """Raises Lost."""
    await asyncio.sleep(3)  # whatever begins with the service is over
    idle = target.process.memory
    async with Asking(target.port) as asking:
        callers = await opened(target, streams)
        opening = asking.take()
        await asyncio.sleep(seconds)
        took = asking.take()
    grown = target.process.memory - idle
    failed = sum(caller.done.done() for caller in callers)
    _hang_up(callers)
    if failed:
        raise Lost(f"{failed} of {streams} open streams failed")
    return Found(grown / streams / 1e3, opening, took)


def _hang_up(callers: list[Caller]) -> None:
    for caller in callers:
        caller.hang_up()


class Asking:
    """Asks `/health` on one connection, for as long as the block lasts."""

    def __init__(self, port: int) -> None:
        base = f"http://127.0.0.1:{port}"
        self._http = httpx.AsyncClient(base_url=base, trust_env=False, timeout=30)
        self._times: list[float] = []

    def take(self) -> list[float]:
        """Return the milliseconds of each answer since it was last asked for."""
        times, self._times = self._times, []
        return times

    async def __aenter__(self) -> "Asking":
        self._task = asyncio.create_task(self._ask())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._http.aclose()

    async def _ask(self) -> None:
        while True:
            asked = time.perf_counter()
            (await self._http.get("/health")).raise_for_status()
            self._times.append((time.perf_counter() - asked) * 1e3)
            await asyncio.sleep(ASK_SECONDS)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks.many", description=__doc__)
    add = parser.add_argument
    add("--streams", type=int, default=5000)
    add("--seconds", type=float, default=20.0, help="for which all are open")
    add("--kept", action="store_true", help="with answers kept for who comes back")
    return parser.parse_args()


if __name__ == "__main__":
    main()
