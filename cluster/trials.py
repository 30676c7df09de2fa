"""What may happen to a cluster, each for a while, and how it is mended."""

import signal
import time
from collections.abc import Iterator

from chat.tests.waiting import eventually
from cluster import storage
from cluster.frozen import a_frozen_process
from cluster.ground import Cluster
from cluster.later import make_later, migrate
from cluster.trial import CannotBeTried, Trial, trial
from cluster.wire import State

SECONDS_OFF = 300


@trial
def nothing(cluster: Cluster, seconds: float) -> Iterator[None]:
    yield


@trial
def a_host_killed(cluster: Cluster, seconds: float) -> Iterator[None]:
    cluster.hosts["a"].kill()
    yield
    cluster.hosts["a"].start()


@trial
def a_worker_killed(cluster: Cluster, seconds: float) -> Iterator[None]:
    cluster.hosts["a"].signal_worker(signal.SIGKILL)
    yield


@trial
def a_rolling_restart(cluster: Cluster, seconds: float) -> Iterator[None]:
    """To a version whose migration is made while the one before serves; by the steps of
    docs/operations.md."""
    before = next(iter(cluster.hosts.values())).root
    later = make_later(before, cluster.folder)
    migrate(later, cluster.database.url)
    for host in cluster.hosts.values():
        cluster.take_out(host)
        host.stop()
        host.root = later
        host.start()
        eventually(host.is_ready)
        cluster.take_out(host, False)
    yield


@trial
def redis_stopped(cluster: Cluster, seconds: float) -> Iterator[None]:
    cluster.redis.shut_down()
    yield
    cluster.redis.start()


@trial
def redis_emptied(cluster: Cluster, seconds: float) -> Iterator[None]:
    cluster.redis.client.flushall()
    yield


def partition(wire: str) -> Trial:
    """Return the trial in which one host loses one of the others, without a word."""

    @trial
    def partitioned(cluster: Cluster, seconds: float) -> Iterator[None]:
        host = cluster.hosts["a"]
        host.cut_off(State.SILENT, wire)
        yield
        host.cut_off(State.ON, wire)

    return partitioned


@trial
def a_clock_off(cluster: Cluster, seconds: float) -> Iterator[None]:
    """Ahead for half the time, then behind; put right at the end."""
    clock = cluster.hosts["a"].clock
    if clock is None or not clock.settings:
        raise CannotBeTried("a C compiler is needed to put a clock wrong")
    for off in (SECONDS_OFF, -SECONDS_OFF):
        clock.put_off(off)
        time.sleep(seconds / 2)
    yield
    clock.put_off(0)


TRIALS: dict[str, Trial] = {
    "nothing": nothing,
    "a host killed": a_host_killed,
    "a worker killed": a_worker_killed,
    "a rolling restart with a migration": a_rolling_restart,
    "Redis stopped": redis_stopped,
    "Redis emptied": redis_emptied,
    "PostgreSQL stopped": storage.postgresql_stopped,
    "PostgreSQL silent": storage.postgresql_silent,
    "PostgreSQL failed over": storage.postgresql_failed_over,
    "a host without PostgreSQL": partition("database"),
    "a host without Redis": partition("redis"),
    "a host without Z.AI": partition("zai"),
    "a host without nginx": partition("front"),
    "a full disk": storage.a_full_disk,
    "a clock off": a_clock_off,
    "a frozen process": a_frozen_process,
}
