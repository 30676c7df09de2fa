"""One host of a cluster: two workers, a folder, and a wire to each of the others."""

import contextlib
import shutil
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psutil
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.process import Process, python
from chat.tests.ports import free_port
from cluster.clock import Clock
from cluster.wire import State, Wire

WORKERS = 2
# Its supervisor would kill workers that take more than 5 s to begin.
PATIENCE = ("--timeout-worker-healthcheck", "120")


@dataclass
class Host:
    """`wires` are called front, database, redis and zai."""

    name: str
    folder: Path
    settings: dict[str, str]
    port: int = field(default_factory=free_port)
    wires: dict[str, Wire] = field(default_factory=dict)
    process: Process | None = None
    clock: Clock | None = None

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
            place = f"{before}@" * bool(before) + f"127.0.0.1:{wire.port}"
            self.settings[variable] = urlunsplit(parts._replace(netloc=place))

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
        log = self.folder / f"{len(list(self.folder.glob('*.log')))}.log"
        self.process = Process(command, variables, log)
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

    def metrics(self) -> Iterator[tuple[str, dict[str, str], float]]:
        """Yield name, labels and value of each sample that it tells."""
        for family in text_string_to_metric_families(self._get("/metrics").decode()):
            for sample in family.samples:
                yield sample.name, sample.labels, sample.value

    def close(self) -> None:
        self.stop()
        for wire in self.wires.values():
            wire.close()

    def _get(self, path: str) -> bytes:
        url = f"http://127.0.0.1:{self.port}{path}"
        with urllib.request.urlopen(url, timeout=5) as told:  # noqa: S310
            found: bytes = told.read()
            return found


def fill_disk(folder: Path) -> subprocess.CompletedProcess[bytes]:
    """Write until the file system of `folder` takes no more."""
    words = ["dd", "if=/dev/zero", f"of={folder / 'fill'}", "bs=64k"]
    return subprocess.run(words, capture_output=True)


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[bool]:
    """Lay a file system of its own there; whether that could be done."""
    folder.mkdir(parents=True, exist_ok=True)
    words = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}M", "tmpfs", str(folder)]
    is_there = bool(shutil.which("mount")) and (
        subprocess.run(words, capture_output=True).returncode == 0
    )
    try:
        yield is_there
    finally:
        if is_there:
            subprocess.run(["umount", "-l", str(folder)], capture_output=True)
