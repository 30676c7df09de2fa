"""One host of a cluster: two workers, a folder, and a wire to each of the others."""

import contextlib
import signal
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psutil
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.process import ROOT, Process, python
from chat.tests.ports import free_port
from cluster.clock import Clock
from cluster.disk import Disk
from cluster.names import Names
from cluster.wire import State, Wire

WORKERS = 2
# Its supervisor would kill workers that take more than 5 s to begin.
PATIENCE = ("--timeout-worker-healthcheck", "120")
# Where the database is, for those who can be told names.
DATABASE = "database.cluster.test"
# Workers say how they are every two seconds.
SECONDS_OF_SILENCE = 8.0

WELL: dict[str, Callable[[float], bool]] = {
    "zai_chat_workers": lambda number: number == WORKERS,
    "zai_chat_worker_silence_seconds": lambda silence: silence < SECONDS_OF_SILENCE,
    "zai_chat_database_up": bool,
    "zai_chat_redis_up": bool,
    "zai_chat_log_silent_seconds": lambda silence: not silence,
    "zai_chat_log_memory_rows": lambda rows: not rows,
}


@dataclass
class Host:
    """`wires` are called front, database, redis and zai; one that is not `is_wired`
    goes without them, to be measured. `root` is where its version of the service is;
    `names` what it can be told the database's address by."""

    name: str
    folder: Path
    settings: dict[str, str]
    disk: Disk
    names: Names | None = None
    root: Path = ROOT
    port: int = field(default_factory=free_port)
    wires: dict[str, Wire] = field(default_factory=dict)
    is_wired: bool = True
    process: Process | None = None
    clock: Clock | None = None
    _former: list[Wire] = field(default_factory=list)

    @property
    def front(self) -> int:
        """The port by which others reach it."""
        return self.wires["front"].port if self.is_wired else self.port

    @property
    def spool(self) -> Path:
        return self.folder / "spool"

    def connect(self, database: str, redis: str, zai: str) -> None:
        """Lay its wires; each is a URL of what stands at the end."""
        self.wires["front"] = Wire(self.port)
        for name, variable, url in (
            ("database", "DATABASE_URL", database),
            ("redis", "REDIS_URL", redis),
            ("zai", "ZAI_BASE_URL", zai),
        ):
            parts = urlsplit(url)
            wire = self.wires[name] = Wire(parts.port or 5432, parts.hostname or "")
            before, _, _ = parts.netloc.rpartition("@")
            is_named = name == "database" and self.names
            address = DATABASE if is_named else wire.address
            place = f"{before}@" * bool(before) + f"{address}:{wire.port}"
            through_wire = urlunsplit(parts._replace(netloc=place))
            self.settings[variable] = through_wire if self.is_wired else url
        if self.names:
            self.names.lead(DATABASE, self.wires["database"].address)

    def move_database(self, target: int) -> None:
        """Have the database's name lead to another address from now on, behind which
        the one at the port `target` is. What is at the former stays as it is."""
        assert self.names
        former = self.wires["database"]
        self._former.append(former)
        address = f"127.0.0.{len(self._former) + 1}"
        self.wires["database"] = Wire(target, address=address, port=former.port)
        self.names.lead(DATABASE, address)

    def start(self) -> None:
        """Return once it listens. Raises CannotStart."""
        flags = ("--workers", str(WORKERS), *PATIENCE, "--no-proxy-headers")
        flags += ("--timeout-keep-alive", "75", "--timeout-graceful-shutdown", "20")
        command = [
            *python("-m", "uvicorn", "config.asgi:application", "--port"),
            *(str(self.port), *flags, "--no-access-log"),
        ]
        self.clock = self.clock or Clock(self.folder)
        variables = {**self.settings, **self.clock.settings}
        variables |= {"CHAT_SPOOL_DIR": str(self.spool)}
        if self.names:
            command = self.names.seen_by(command)
        log = self.folder / f"{len(list(self.folder.glob('*.log')))}.log"
        self.process = Process(command, variables, log, self.root)
        self.process.wait_for(self.port)
        self.cut_off(State.ON, "front")

    def stop(self) -> None:
        """As a supervisor does; open answers get their time."""
        if self.process:
            self.process.stop()
        # A wire takes connections for whoever is not there; a host that is off refuses.
        self.cut_off(State.CUT, "front")

    def kill(self) -> None:
        """All of it at once, as where the power fails."""
        for one in self.process.tree() if self.process else []:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        self.stop()

    def workers(self) -> list[psutil.Process]:
        tree = self.process.tree() if self.process and self.process.is_running else []
        return [one for one in tree if "spawn_main" in " ".join(one.cmdline())]

    def signal_worker(self, number: signal.Signals) -> None:
        self.workers()[0].send_signal(number)

    def cut_off(self, state: State, *names: str) -> None:
        for name in names or self.wires:
            self.wires[name].set(state)

    def is_ready(self) -> bool:
        with contextlib.suppress(OSError):
            return bool(self._get("/health/ready"))
        return False

    def is_well(self) -> bool:
        """Whether it is ready, whole, and has all that it needs."""
        if not self.is_ready():
            return False
        with contextlib.suppress(OSError):
            told = {name: value for name, _, value in self.metrics()}
            return all(is_right(told[name]) for name, is_right in WELL.items())
        return False

    def open_now(self) -> int:
        """How many requests it says are open."""
        told = (value for name, _, value in self.metrics() if name == "zai_chat_open")
        return int(next(told))

    def metrics(self) -> Iterator[tuple[str, dict[str, str], float]]:
        """Yield name, labels and value of each sample that it tells."""
        for family in text_string_to_metric_families(self._get("/metrics").decode()):
            for sample in family.samples:
                yield sample.name, sample.labels, sample.value

    def close(self) -> None:
        self.stop()
        for wire in (*self.wires.values(), *self._former):
            wire.close()

    def _get(self, path: str) -> bytes:
        url = f"http://127.0.0.1:{self.port}{path}"
        with urllib.request.urlopen(url, timeout=5) as told:  # noqa: S310
            found: bytes = told.read()
            return found
