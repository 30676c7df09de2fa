"""Whether a soak went well."""

from collections.abc import Sequence
from statistics import median

from benchmarks.soak.crowd import Crowd
from benchmarks.soak.line import FAULTS
from benchmarks.soak.watch import Sample, Watch

GROWTH = 1.10
# Before that it is only warming up.
JUDGED_FROM_SECONDS = 300.0


def faults(watch: Watch, crowd: Crowd, last: Sample) -> list[str]:
    """Everything that is wrong, in sentences; `last` was taken once all was quiet."""
    found = []
    grown = growth(watch.samples)
    if grown > GROWTH and last.seconds >= JUDGED_FROM_SECONDS:
        found.append(f"Memory grew to {grown:.0%} between second and last quarter.")
    if last.open_exchanges:
        found.append(f"{last.open_exchanges} exchanges are open at the stand-in.")
    if last.connections:
        found.append(f"{last.connections} connections to the stand-in are left.")
    if watch.tracebacks:
        found.append(f"{watch.tracebacks} tracebacks are in the log.")
    if watch.endings["refused"] > sum(watch.endings.values()) / 2:
        found.append("Most were refused: this says little of the rest.")
    if failed := watch.endings["failed"]:
        found.append(f"{failed} exchanges ended by a fault of ours.")
    for outcome, sentence in FAULTS.items():
        if times := crowd.count(outcome):
            found.append(f"{times} {sentence}.")
    return found


def growth(samples: Sequence[Sample]) -> float:
    """Memory in the last quarter of the load, as a multiple of that in the second."""
    quarter = len(samples) // 4
    if not quarter:
        return 1.0
    second, last = samples[quarter : 2 * quarter], samples[-quarter:]
    return median(s.rss for s in last) / median(s.rss for s in second)
