"""Each trial under load, and whether every promise held."""

import time
from collections import Counter
from dataclasses import dataclass, field

from benchmarks.process import CannotStart
from cluster.callers import Callers, Told
from cluster.ground import Cluster
from cluster.trial import CannotBeTried
from cluster.trials import TRIALS
from cluster.verdict import judge

SECONDS_BEFORE = 3.0
SECONDS_AFTER = 5.0
# Within which all is well again by itself.
SECONDS_TO_MEND = 15.0
# So many that end well, one after the other, and all is well.
WELL = 20


@dataclass
class Report:
    """`mended`: seconds until all was well again; None if it never was. `skipped` says
    what was missing to try it."""

    name: str
    told: Counter[str] = field(default_factory=Counter)
    mended: float | None = None
    faults: list[str] = field(default_factory=list)
    skipped: str = ""

    def __str__(self) -> str:
        if self.skipped:
            return f"{self.name}: skipped, {self.skipped}"
        told = ", ".join(f"{count} {end}" for end, count in sorted(self.told.items()))
        mended = "never" if self.mended is None else f"{self.mended:.1f} s"
        outcome = "ok" if not self.faults else "; ".join(self.faults)
        return f"{self.name}: {told}; well again after {mended}: {outcome}"


def prove(
    cluster: Cluster,
    name: str,
    callers: int,
    seconds: float,
    so_far: list[Told],
    mended_within: float = SECONDS_TO_MEND,
) -> Report:
    """Do the trial `name` for so many seconds; `so_far` gets what callers were told.

    It is a fault if all is not well again within `mended_within` seconds.
    """
    report = Report(name)
    with Callers(cluster.url, callers) as load:
        time.sleep(SECONDS_BEFORE)
        try:
            with TRIALS[name](cluster, seconds):
                time.sleep(seconds)
        except CannotBeTried as reason:
            report.skipped = str(reason)
        except (AssertionError, CannotStart) as fault:
            report.faults.append(str(fault))
        report.mended = _wait_until_well(cluster, load, 4 * mended_within)
        time.sleep(SECONDS_AFTER)
    so_far += load.told
    report.told = load.counts()
    report.faults += judge(cluster, so_far).faults
    if report.mended is None or report.mended > mended_within:
        report.faults.append(f"not well within {mended_within:g} s")
    return report


def _wait_until_well(cluster: Cluster, load: Callers, limit: float) -> float | None:
    since = time.monotonic()
    seen = len(load.told)
    while (passed := time.monotonic() - since) < limit:
        newest = load.told[max(seen, len(load.told) - WELL) :]
        are_well = len(newest) == WELL and {one.end for one in newest} == {"completed"}
        if are_well and cluster.is_well():
            return passed
        time.sleep(0.1)
    return None
