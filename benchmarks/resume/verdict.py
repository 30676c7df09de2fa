"""Whether rows, log lines, slots and memory agree once all is quiet."""

import time
from collections import Counter

from benchmarks.resume.ground import Ground
from benchmarks.soak.watch import Watch, open_at

QUIET_SECONDS = 60.0
# What the processes take beside what they keep: more of it than at the beginning.
SLACK = 60_000_000
# What is to be nothing at the end, by what the service says of itself.
GAUGES = {
    "open": "requests open",
    "answers_alone": "answers that go on for nobody",
    "answers_kept": "answers kept for too long",
    "answers_kept_bytes": "bytes kept for too long",
    "lane_open": "slots taken",
    "lane_waiting": "requests in line",
}


def judge(
    ground: Ground, watches: list[Watch], asked: int, most_bytes: int
) -> Counter[str]:
    """Wait, not for ever, until all is quiet; return what does not agree then.

    `asked`: so many rows and lines there have to be. `most_bytes` the processes may
    take, and a little more.
    """
    end = time.monotonic() + QUIET_SECONDS
    while not _is_quiet(ground, asked) and time.monotonic() < end:
        time.sleep(0.5)
    for watch in watches:
        watch.look()
    rows, gauges = ground.rows(), ground.gauges()
    faults = Counter({words: gauges[name] for name, words in GAUGES.items()})
    faults["open at Z.AI"] = open_at(ground.standin)
    faults["rows without an end"] = rows["open"]
    faults["rows too many or too few"] = rows.total() - asked
    faults["ended by a fault of ours"] = rows["failed"]
    faults["tracebacks"] = sum(watch.tracebacks for watch in watches)
    lines = sum((watch.endings for watch in watches), Counter[str]())
    faults["log lines too many or too few"] = lines.total() - asked
    for ending in rows | lines:
        difference = abs(rows[ending] - lines[ending])
        faults[f"{ending} in the rows and not in the log, or otherwise"] = difference
    faults["bytes too many"] = max(0, ground.rss - most_bytes - SLACK)
    return Counter({fault: number for fault, number in faults.items() if number})


def _is_quiet(ground: Ground, asked: int) -> bool:
    rows, gauges = ground.rows(), ground.gauges()
    is_over = not rows["open"] and rows.total() >= asked
    return is_over and not any(gauges[name] for name in GAUGES)
