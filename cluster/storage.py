"""What may happen to where things are stored."""

from collections.abc import Iterator

from cluster.ground import Cluster
from cluster.trial import CannotBeTried, trial
from cluster.wire import State


@trial
def postgresql_stopped(cluster: Cluster, seconds: float) -> Iterator[None]:
    """At once, as where it is killed; only cut off where the server may be others'."""
    if not cluster.servers:
        _all(cluster, State.CUT)
        yield
        _all(cluster, State.ON)
        return
    cluster.servers.used.kill()
    yield
    cluster.servers.used.start()


@trial
def postgresql_silent(cluster: Cluster, seconds: float) -> Iterator[None]:
    _all(cluster, State.SILENT)
    yield
    _all(cluster, State.ON)


@trial
def postgresql_failed_over(cluster: Cluster, seconds: float) -> Iterator[None]:
    """Its machine is gone without a word, and another that has all it had takes its
    place, at another address behind the same name. The old address stays silent."""
    if not cluster.servers or not all(one.names for one in cluster.hosts.values()):
        raise CannotBeTried("it needs a PostgreSQL of its own, and names: root, Linux")
    follower = cluster.servers.stand_by()
    _all(cluster, State.SILENT)
    cluster.servers.used.kill()
    yield
    follower.promote()
    cluster.servers.used = follower
    cluster.move_database(follower)


@trial
def a_full_disk(cluster: Cluster, seconds: float) -> Iterator[None]:
    """That of the spool, of one host."""
    disk = cluster.hosts["a"].disk
    if not disk.is_small:
        raise CannotBeTried("a disk can be filled where one can be mounted only")
    with disk.filled():
        yield


def _all(cluster: Cluster, state: State) -> None:
    for host in cluster.hosts.values():
        host.cut_off(state, "database")
