"""What the gate costs where nothing waits: processor time of a request, to before."""

import os
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import uvloop

from benchmarks.before import Older, checked_out
from benchmarks.gate.finding import Finding
from benchmarks.measures.whole import whole
from benchmarks.ours import Ours
from benchmarks.process import ROOT, python
from benchmarks.scale import Scale
from benchmarks.standin import standing_in
from benchmarks.target import Target, launched

US_IN_A_MS = 1000
MOST_US = 30.0
# No more than a gate lets through that has yet to learn.
CALLERS = 3
SETTINGS = {"CHAT_REQUEST_LOG": "false", "ZAI_CONCURRENCY": "auto"}


def prove_cost(commit: str, turns: int, scale: Scale) -> Iterator[Finding]:
    """Measure `commit` and the working tree by turns, at the same time; and the gate by
    itself."""
    slot, question = _alone()
    yield Finding("µs of a slot, taken and given back", slot, MOST_US)
    yield Finding("µs of a question with all that is the gate's", question, MOST_US)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        older = stack.enter_context(checked_out(commit, folder / "older"))
        standin = stack.enter_context(standing_in(folder))
        servers = (
            Older("before", commit, settings=SETTINGS, folder=older),
            Ours("now", "the working tree", settings=SETTINGS),
        )
        targets = [
            stack.enter_context(launched(server, standin, scale.warm_up))
            for server in servers
        ]
        found: list[list[float]] = [[], []]
        for turn in range(turns):
            for which in (0, 1) if turn % 2 else (1, 0):
                found[which].append(_measure(targets[which], scale))
    before, now = found
    more = [new - old for old, new in zip(before, now, strict=True)]
    yield Finding("µs of a request before, median", statistics.median(before))
    yield Finding("µs of a request with the gate, median", statistics.median(now))
    yield Finding(f"µs more, median of {turns} turns", statistics.median(more), MOST_US)
    yield Finding("µs more, the least of each", min(now) - min(before))


def _alone() -> tuple[float | None, float | None]:
    said = subprocess.run(
        python("-m", "benchmarks.gate.alone"),
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
    )
    if said.returncode:
        return None, None
    slot, question = map(float, said.stdout.split())
    return slot, question


def _measure(target: Target, scale: Scale) -> float:
    figures = uvloop.run(whole(target, CALLERS, scale.turn_seconds))
    return figures.answer_ms * US_IN_A_MS
