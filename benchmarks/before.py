"""`python -m benchmarks.before COMMIT`: an older version beside the working tree.

Both run at the same time and are measured by turns, so that their ratio holds on a
machine that is not quiet. Of each figure the median of all turns is taken.
"""

import argparse
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import uvloop

from benchmarks.limits import raise_file_limit
from benchmarks.measures.added import added
from benchmarks.measures.flood import flood
from benchmarks.measures.paced import paced
from benchmarks.measures.whole import whole
from benchmarks.ours import Ours
from benchmarks.process import ROOT
from benchmarks.scale import FULL, QUICK, Scale
from benchmarks.standin import standing_in
from benchmarks.target import Target, launched

# Processor time, but for the last: how much later than from Z.AI itself it comes.
FIGURES = ("event, µs", "flood, µs", "whole answer, ms", "first word, ms later")


@dataclass(frozen=True)
class Older(Ours):
    """The service as it was: started in a folder of its own."""

    folder: Path = ROOT

    @property
    def root(self) -> Path:
        return self.folder


def main() -> None:
    options = _options()
    raise_file_limit()
    scale = QUICK if options.quick else FULL
    settings = {"CHAT_REQUEST_LOG": "true" if options.log else "false"}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        older = stack.enter_context(checked_out(options.commit, folder / "older"))
        standin = stack.enter_context(standing_in(folder))
        servers = (
            Older("before", options.commit, settings=settings, folder=older),
            Ours("now", "the working tree", settings=settings),
        )
        targets = [
            stack.enter_context(launched(server, standin, scale.warm_up))
            for server in servers
        ]
        turns: list[list[tuple[float, ...]]] = [[], []]
        for turn in range(options.turns):
            for which in (0, 1) if turn % 2 else (1, 0):
                turns[which].append(_measure(targets[which], scale))
    _print(*([median(column) for column in zip(*rows, strict=True)] for rows in turns))


def _measure(target: Target, scale: Scale) -> tuple[float, ...]:
    flowed = uvloop.run(paced(target, scale.streams, scale.rate, scale.turn_seconds))
    poured = uvloop.run(flood(target, scale.flood_streams, scale.flood_cpu_seconds))
    told = uvloop.run(whole(target, scale.callers, scale.turn_seconds))
    later = uvloop.run(added(target, scale.waits))
    return flowed.event_us, poured.event_us, told.answer_ms, median(later)


def _print(before: list[float], now: list[float]) -> None:
    print(f"{'':22}{'before':>10}{'now':>10}{'ratio':>8}")
    for name, old, new in zip(FIGURES, before, now, strict=True):
        print(f"{name:22}{old:10.2f}{new:10.2f}{new / old:8.3f}")


@contextmanager
def checked_out(commit: str, folder: Path) -> Iterator[Path]:
    """Check `commit` out into `folder`, for as long as the block lasts."""
    git = ["git", "-C", str(ROOT), "worktree"]
    subprocess.run([*git, "add", "--quiet", "--detach", folder, commit], check=True)
    try:
        yield folder
    finally:
        subprocess.run([*git, "remove", "--force", folder], check=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks.before", description=__doc__)
    add = parser.add_argument
    add("commit", help="the older version")
    add("--turns", type=int, default=6, help="how often both are measured")
    add("--log", action="store_true", help="with the request log")
    add("--quick", action="store_true", help="short phases, to see that it works")
    return parser.parse_args()


if __name__ == "__main__":
    main()
