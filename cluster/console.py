"""What is typed to a cluster: to ask it, to break it, to mend it."""

import signal
from collections.abc import Callable

from cluster.callers import Callers, Told
from cluster.ground import Cluster
from cluster.storage import postgresql_failed_over
from cluster.trial import CannotBeTried
from cluster.verdict import judge
from cluster.wire import State

HELP = """
  state                        how each host is, and its wires
  load 20                      so many callers ask on; load 0 ends it
  check                        compare rows, sums, metrics, and what callers were told
  kill a | stop a | start a    all of a host: as the power fails, or as a supervisor
  worker a kill|freeze|thaw    one of its workers
  cut a database               or redis, zai, front; `silent` instead of `cut`
  mend a                       all its wires
  redis stop|start|flush
  failover                     PostgreSQL's, to another address behind its name
  quit
"""


class Console:
    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._load: Callers | None = None
        self._told: list[Told] = []
        self._frozen: dict[str, int] = {}

    def run(self) -> None:
        print(f"nginx: {self._cluster.url}  the admin: {self._cluster.url}/admin/")
        for host in self._cluster.hosts.values():
            print(f"host {host.name}: http://127.0.0.1:{host.port}  {host.folder}")
        print(HELP)
        while True:
            try:
                words = input("cluster> ").split()
            except (EOFError, KeyboardInterrupt):
                break
            if words[:1] == ["quit"]:
                break
            if words:
                self.do(words)
        self._end_load()

    def do(self, words: list[str]) -> None:
        """Do what one line says; what is wrong with it is told."""
        order: Callable[..., None] | None = getattr(self, f"_do_{words[0]}", None)
        try:
            if order is None:
                raise KeyError(words[0])
            order(*words[1:])
        except (KeyError, IndexError, TypeError, ValueError):
            print(HELP)

    def _do_state(self) -> None:
        for host in self._cluster.hosts.values():
            wires = ", ".join(f"{n} {w.state}" for n, w in host.wires.items())
            ready = "ready" if host.is_ready() else "not ready"
            print(f"{host.name}: {ready}, {len(host.workers())} workers; {wires}")

    def _do_load(self, count: str) -> None:
        self._end_load()
        if number := int(count):
            self._load = Callers(self._cluster.url, number)
            self._load.__enter__()

    def _do_check(self) -> None:
        self._end_load()
        verdict = judge(self._cluster, self._told)
        print(f"{verdict.rows} rows: {'; '.join(verdict.faults) or 'all agree'}")

    def _do_kill(self, name: str) -> None:
        self._cluster.hosts[name].kill()

    def _do_stop(self, name: str) -> None:
        self._cluster.hosts[name].stop()

    def _do_start(self, name: str) -> None:
        self._cluster.hosts[name].start()

    def _do_worker(self, name: str, what: str) -> None:
        signals = {"kill": signal.SIGKILL, "freeze": signal.SIGSTOP}
        signals["thaw"] = signal.SIGCONT
        self._cluster.hosts[name].signal_worker(signals[what])

    def _do_cut(self, name: str, wire: str) -> None:
        self._cluster.hosts[name].wires[wire].set(State.CUT)

    def _do_silent(self, name: str, wire: str) -> None:
        self._cluster.hosts[name].wires[wire].set(State.SILENT)

    def _do_mend(self, name: str) -> None:
        self._cluster.hosts[name].cut_off(State.ON)

    def _do_redis(self, what: str) -> None:
        redis = self._cluster.redis
        orders = {"stop": redis.shut_down, "start": redis.start}
        orders.get(what, redis.client.flushall)()

    def _do_failover(self) -> None:
        try:
            with postgresql_failed_over(self._cluster, 0):
                pass
        except CannotBeTried as reason:
            print(reason)

    def _end_load(self) -> None:
        if load := self._load:
            load.__exit__(None, None, None)
            self._told += load.told
            print(dict(load.counts()))
            self._load = None
