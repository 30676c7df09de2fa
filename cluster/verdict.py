"""Whether the rows, the sums and the metrics say what the callers were told."""

import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

from cluster.callers import Told
from cluster.counted import compare_metrics
from cluster.ground import Cluster
from cluster.host import Host

# A lease is judged after 45 s; a file that a dead host left is read when it is back.
SECONDS_TO_SETTLE = 150.0
SUMS = "SELECT coalesce(sum(requests), 0) FROM chat_endingtally WHERE span = 3600"


@dataclass
class Verdict:
    """`faults` has a sentence for each promise that does not hold."""

    rows: int = 0
    faults: list[str] = field(default_factory=list)


def judge(cluster: Cluster, told: list[Told]) -> Verdict:
    """Wait until all is stored, and compare."""
    verdict = Verdict()
    _wait_until_settled(cluster)
    found = dict(cluster.database.rows("SELECT id, ending FROM chat_requestlog"))
    verdict.rows = len(found)
    if still_open := [key for key, ending in found.items() if ending is None]:
        verdict.faults.append(f"{len(still_open)} rows are open still")
    wrong: Counter[str] = Counter()
    for one in told:
        if one.identity is None:
            continue
        if one.identity not in found:
            wrong[f"{one.end}, and no row"] += 1
        elif _contradicts(one.end, found[one.identity]):
            wrong[f"{one.end}, and the row says {found[one.identity]}"] += 1
    verdict.faults += [f"{count} were told: {what}" for what, count in wrong.items()]
    ((sums,),) = cluster.database.rows(SUMS)
    if sums != len(found):
        verdict.faults.append(f"the sums have {sums} requests, the rows {len(found)}")
    verdict.faults += compare_metrics(cluster)
    return verdict


def _contradicts(end: str, ending: str) -> bool:
    """Who saw no end may be told any."""
    return end != "cut" and (end == "completed") != (ending == "completed")


def _wait_until_settled(cluster: Cluster) -> None:
    until = time.monotonic() + SECONDS_TO_SETTLE
    question = "SELECT count(*) FROM chat_requestlog WHERE ending IS NULL"
    while time.monotonic() < until:
        ((still_open,),) = cluster.database.rows(question)
        if not still_open and not any(map(_waiting, cluster.hosts.values())):
            return
        time.sleep(0.5)


def _waiting(host: Host) -> int:
    """The bytes in its spool; a file is deleted once all of it is stored."""
    found = 0
    for path in host.spool.glob("*.jsonl"):
        with suppress(FileNotFoundError):
            found += path.stat().st_size
    return found
