"""What may happen to a cluster, each for a while, and how it is mended."""

import contextlib
import signal
import time
from collections.abc import Callable, Iterator

from benchmarks.process import CannotStart
from cluster.ground import Cluster
from cluster.host import fill_disk
from cluster.wire import State

Trial = Callable[[Cluster, float], contextlib.AbstractContextManager[None]]


# nginx leaves a machine alone for so long that was away (`fail_timeout`): if the next
# one is stopped meanwhile, nobody is left for it.
SECONDS_OF_MISTRUST = 11.0
SECONDS_OFF = 300
SECONDS_FROZEN = 90.0


def _trial(function: Callable[[Cluster, float], Iterator[None]]) -> Trial:
    return contextlib.contextmanager(function)


@_trial
def nothing(cluster: Cluster, seconds: float) -> Iterator[None]:
    yield


@_trial
def a_host_killed(cluster: Cluster, seconds: float) -> Iterator[None]:
    cluster.hosts["a"].kill()
    yield
    cluster.hosts["a"].start()


@_trial
def a_worker_killed(cluster: Cluster, seconds: float) -> Iterator[None]:
    cluster.hosts["a"].signal_worker(signal.SIGKILL)
    yield


@_trial
def a_rolling_restart(cluster: Cluster, seconds: float) -> Iterator[None]:
    for host in cluster.hosts.values():
        host.stop()
        host.start()
        time.sleep(SECONDS_OF_MISTRUST)
    yield


@_trial
def redis_stopped(cluster: Cluster, seconds: float) -> Iterator[None]:
    cluster.redis.shut_down()
    yield
    cluster.redis.start()


@_trial
def redis_emptied(cluster: Cluster, seconds: float) -> Iterator[None]:
    cluster.redis.client.flushall()
    yield


@_trial
def postgresql_gone(cluster: Cluster, seconds: float) -> Iterator[None]:
    """Refused, as where it is stopped: the server may be others' too."""
    _all(cluster, State.CUT, "database")
    yield
    _all(cluster, State.ON, "database")


@_trial
def postgresql_silent(cluster: Cluster, seconds: float) -> Iterator[None]:
    _all(cluster, State.SILENT, "database")
    yield
    _all(cluster, State.ON, "database")


@_trial
def a_partition(cluster: Cluster, seconds: float) -> Iterator[None]:
    """One host loses each of the others in turn, without a word."""
    host = cluster.hosts["a"]
    for name in ("database", "redis", "zai", "front"):
        host.cut_off(State.SILENT, name)
        time.sleep(seconds / 4)
        host.cut_off(State.ON, name)
    yield


@_trial
def a_full_disk(cluster: Cluster, seconds: float) -> Iterator[None]:
    folder = cluster.hosts["a"].folder
    fill_disk(folder)
    yield
    (folder / "fill").unlink(missing_ok=True)


@_trial
def a_clock_off(cluster: Cluster, seconds: float) -> Iterator[None]:
    """Ahead for half the time, then behind; put right at the end."""
    clock = cluster.hosts["a"].clock
    if clock is None or not clock.settings:
        raise CannotStart("a C compiler is needed to put a clock wrong")
    for off in (SECONDS_OFF, -SECONDS_OFF):
        clock.put_off(off)
        time.sleep(seconds / 2)
    yield
    clock.put_off(0)


@_trial
def a_frozen_process(cluster: Cluster, seconds: float) -> Iterator[None]:
    """For so long that others close its rows."""
    worker = cluster.hosts["a"].workers()[0]
    worker.send_signal(signal.SIGSTOP)
    yield
    time.sleep(max(0.0, SECONDS_FROZEN - seconds))
    with contextlib.suppress(ProcessLookupError):
        worker.send_signal(signal.SIGCONT)


def _all(cluster: Cluster, state: State, name: str) -> None:
    for host in cluster.hosts.values():
        host.cut_off(state, name)


TRIALS: dict[str, Trial] = {
    "nothing": nothing,
    "a host killed": a_host_killed,
    "a worker killed": a_worker_killed,
    "a rolling restart": a_rolling_restart,
    "Redis stopped": redis_stopped,
    "Redis emptied": redis_emptied,
    "PostgreSQL gone": postgresql_gone,
    "PostgreSQL silent": postgresql_silent,
    "a partition": a_partition,
    "a full disk": a_full_disk,
    "a clock off": a_clock_off,
    "a frozen process": a_frozen_process,
}
