"""kill -9 under load: no slot is lost for long, and none is taken twice."""

import contextlib
import random
import time
from collections.abc import Iterator

import psutil

from benchmarks.gate.finding import Finding
from benchmarks.gate.ground import Ground
from benchmarks.gate.load import Load
from benchmarks.gate.setting import SLOTS
from benchmarks.gate.watch import Watch

CALLERS = 60
ANSWER_SECONDS = 0.5
LOST_SECONDS = 15.0
# Z.AI hears of a death when connections break, which takes it a moment.
ABOVE_SECONDS = 0.1


def prove_kills(ground: Ground, kills: int) -> Iterator[Finding]:
    """Kill one of the workers again and again, and wait for the next each time.

    The service has to be told its slots, and Z.AI to take all.
    """
    ground.counts.begin()
    load, watch = Load(ground, CALLERS, ANSWER_SECONDS), Watch(ground.counts)
    with load, watch:
        for number in range(kills):
            time.sleep(random.uniform(0.5, 1.5))
            with contextlib.suppress(psutil.NoSuchProcess):
                random.choice(ground.workers()).kill()
            ground.wait_for(ground.setting.processes + number + 1)
            # Of one that is killed before, the lease of the last may run still.
            watch.wait_until_full(LOST_SECONDS)
        time.sleep(LOST_SECONDS)
    count = ground.counts.now()
    yield Finding(
        f"seconds a slot was lost, {kills} kills", watch.longest, LOST_SECONDS
    )
    yield Finding("seconds that one was empty at last", watch.at_last, ANSWER_SECONDS)
    above = count.seconds_above(SLOTS) / kills
    yield Finding("seconds above the limit, a kill", above, ABOVE_SECONDS)
    yield Finding("most open at once", count.most_open)
    for outcome, number in load.told.most_common():
        yield Finding(f"callers told: {outcome}", number)
