"""A service that was started to prove its gate, with what it stands on."""

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from attacks.database import Database, postgresql_source, sqlite_source
from benchmarks.gate.counts import Counts
from benchmarks.gate.setting import Setting
from benchmarks.ours import Ours
from benchmarks.process import ROOT, CannotStart, Process, python, running
from benchmarks.server import Place
from benchmarks.standin import standing_in
from chat.tests.access.redis_server import RedisServer
from chat.tests.ports import free_port

# Clients of the service, each with a key.
CROWD, LARGE, SMALL = "Crowd", "Large", "Small"
STARTED = "Application startup complete"
START_SECONDS = 300.0
# Its supervisor would kill workers that take more than 5 s to begin.
PATIENCE = ("--timeout-worker-healthcheck", "120")


@dataclass(frozen=True)
class Ground:
    setting: Setting
    port: int
    process: Process
    counts: Counts
    keys: dict[str, str]

    def workers(self) -> list[psutil.Process]:
        """The processes that serve."""
        tree = self.process.tree()
        return [one for one in tree if _serves(one)] or tree[:1]

    def wait_for(self, started: int) -> None:
        """Return once so many processes have started, in all. Raises CannotStart."""
        end = time.monotonic() + START_SECONDS
        while self.process.log.read_text(errors="replace").count(STARTED) < started:
            if time.monotonic() > end or not self.process.is_running:
                last = self.process.log.read_text(errors="replace").splitlines()[-3:]
                raise CannotStart(f"start {started} did not come: {' / '.join(last)}")
            time.sleep(0.05)


@contextlib.contextmanager
def databases(postgresql: str) -> Iterator[Callable[[str], str]]:
    """Make new databases by the name of their kind; the address of each is returned."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        sources: dict[str, Callable[[], Database]] = {}

        def new(kind: str) -> str:
            if kind not in sources:
                sources[kind] = stack.enter_context(
                    postgresql_source(postgresql)
                    if kind == "postgresql"
                    else sqlite_source(folder)
                )
            return sources[kind]().url

        yield new


@contextlib.contextmanager
def standing(setting: Setting, database_url: str) -> Iterator[Ground]:
    """Start all of it for as long as the block lasts. Raises CannotStart."""
    with contextlib.ExitStack() as stack:
        enter = stack.enter_context
        folder = Path(enter(TemporaryDirectory(ignore_cleanup_errors=True)))
        standin = enter(standing_in(folder, concurrency=setting.limit))
        counts = enter(contextlib.closing(Counts(standin.port)))
        variables = {
            **setting.variables(),
            "DATABASE_URL": database_url,
            "CHAT_SPOOL_DIR": str(folder / "spool"),
            "REDIS_URL": "",
        }
        if setting.redis:
            redis = RedisServer(folder)
            stack.callback(redis.end)
            variables["REDIS_URL"] = redis.url
        server = Ours("gate", str(setting), settings=variables)
        place = Place(folder, free_port(), standin)
        environment = server.environment(place)
        keys = _make_clients(environment)
        command = [*server.command(place), *_workers(setting.processes)]
        log = folder / "service.log"
        process = enter(running(command, environment, log, place.port))
        ground = Ground(setting, place.port, process, counts, keys)
        ground.wait_for(setting.processes)
        yield ground


def _workers(count: int) -> tuple[str, ...]:
    return ("--workers", str(count), *PATIENCE) if count > 1 else ()


def _make_clients(environment: dict[str, str]) -> dict[str, str]:
    """Their keys, by their names."""
    made = subprocess.run(
        python("-m", "benchmarks.gate.clients", CROWD, LARGE, SMALL),
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )
    if made.returncode:
        raise CannotStart(made.stderr.strip()[-200:])
    keys: dict[str, str] = json.loads(made.stdout)
    return keys


def _serves(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return "spawn_main" in " ".join(process.cmdline())
    return False
