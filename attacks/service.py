"""The service as a process, started as an operator would start it."""

import contextlib
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from attacks.database import ROOT, Database
from chat.tests.ports import free_port, listens

START_SECONDS = 60.0
API_KEY = "attacked-id.attacked-secret"
# How each line of ours begins at LOG_FORMAT=console.
OURS = re.compile(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (?:DEBUG|INFO|WARNING|ERROR|CRITICAL): +"
    r"(?:req_[0-9a-f]+|-) (?:[\w.]+: |[\d.:]+ \")"
)
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")
LONGEST_LINE = 2_000
_AS_TEXT = "2026-11-26 12:00:00,000 INFO:     - json: "


@dataclass(frozen=True)
class Start:
    """How the service is started. `files` is its limit of open files, soft and hard.

    `prefix` goes before the command: what runs it in another world.
    """

    settings: Mapping[str, str] = field(default_factory=dict)
    workers: int = 1
    files: tuple[int, int] | None = None
    prefix: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Equal for those that can share a service."""
        return repr((sorted(self.settings.items()), self.workers, self.files))


class Service:
    """A started service."""

    def __init__(
        self,
        start: Start,
        database: Database,
        zai_port: int,
        folder: Path,
        port: int = 0,
    ) -> None:
        self.port = port or free_port()
        self.folder = folder
        self.spool = folder / "spool"
        self.database = database
        self._start = start
        self._zai_port = zai_port
        self._log = folder / "output"
        self._popen = self._started()
        self.pid = self._popen.pid

    @property
    def is_running(self) -> bool:
        return self._popen.poll() is None

    @property
    def exit_status(self) -> int | None:
        return self._popen.poll()

    def output(self, since: int = 0) -> str:
        """What it printed, from the byte `since` on."""
        with self._log.open("rb") as file:
            file.seek(since)
            return file.read().decode(errors="replace")

    @property
    def printed(self) -> int:
        return self._log.stat().st_size

    def tree(self) -> list[psutil.Process]:
        with contextlib.suppress(psutil.NoSuchProcess):
            root = psutil.Process(self.pid)
            return [root, *root.children(recursive=True)]
        return []

    def serving(self) -> list[psutil.Process]:
        """Those of its processes that answer: itself, or its workers."""
        tree = self.tree()
        workers = [p for p in tree[1:] if "resource_tracker" not in _command(p)]
        return workers if self._start.workers > 1 else tree[:1]

    @property
    def memory(self) -> int:
        total = 0
        for process in self.tree():
            with contextlib.suppress(psutil.NoSuchProcess):
                total += process.memory_info().rss
        return total

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def wait(self, seconds: float = 60.0) -> int:
        """The exit status. Raises subprocess.TimeoutExpired."""
        return self._popen.wait(seconds)

    def stop(self) -> None:
        """End every process of it, whatever state it is in."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._popen.pid, signal.SIGCONT)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.wait()

    def _started(self) -> "subprocess.Popen[bytes]":
        command = [
            *(*self._start.prefix, sys.executable, "-m", "uvicorn"),
            *("config.asgi:application", f"--port={self.port}", "--no-proxy-headers"),
            *("--timeout-keep-alive=75", "--timeout-graceful-shutdown=40"),
        ]
        if self._start.workers > 1:
            command.append(f"--workers={self._start.workers}")
        limits = self._start.files

        def limit() -> None:
            if limits:
                resource.setrlimit(resource.RLIMIT_NOFILE, limits)

        with self._log.open("ab") as output:
            popen = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=limit,
            )
        self._wait_until_it_serves(popen)
        return popen

    def _environment(self) -> dict[str, str]:
        ours = ("ZAI_", "CHAT_", "LOG_", "DJANGO_")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
        return {
            **kept,
            "DEBUG": "false",
            "SECRET_KEY": "for-the-attacks-alone-" * 3,
            "ALLOWED_HOSTS": "127.0.0.1",
            "DATABASE_URL": self.database.url,
            "ZAI_API_KEY": API_KEY,
            "ZAI_BASE_URL": f"http://127.0.0.1:{self._zai_port}/api/paas/v4",
            "CHAT_SPOOL_DIR": str(self.spool),
            "CHAT_QUEUE_SECONDS": "3",  # of what Z.AI refuses for good
            "LOG_LEVEL": "INFO",
            "LOG_FORMAT": "console",
            "PYTHONUNBUFFERED": "1",
            **self._start.settings,
        }

    def _wait_until_it_serves(self, popen: "subprocess.Popen[bytes]") -> None:
        end = time.monotonic() + START_SECONDS
        # Of several workers the first that is up does not answer for the others.
        wanted = self._start.workers
        while not (
            self.output().count("Application startup complete") >= wanted
            and listens(self.port)
        ):
            if popen.poll() is not None or time.monotonic() > end:
                popen.kill()
                raise RuntimeError(f"The service does not start: {self.output()}")
            time.sleep(0.05)


@contextlib.contextmanager
def running(
    start: Start, database: Database, zai_port: int, folder: Path
) -> Iterator[Service]:
    service = Service(start, database, zai_port, folder)
    try:
        yield service
    finally:
        service.stop()


def faults_of_output(output: str) -> list[str]:
    """What is wrong with lines of the log: tracebacks, lines of others, long ones."""
    found = []
    lines = _without_told_tracebacks(output.split("\n"))
    if output.startswith("{"):  # LOG_FORMAT=json, where JSON itself escapes
        lines = [f"{_AS_TEXT}{line}" for line in lines if line]
        output = ""
    if tracebacks := [i for i, line in enumerate(lines) if line.startswith("Traceb")]:
        last = next((x for x in lines[tracebacks[0] + 1 :] if x[:1].strip()), "")
        found.append(f"{len(tracebacks)} tracebacks in the output: {last[:200]}")
    elif foreign := [line for line in lines if line and not OURS.match(line)]:
        found.append(f"{len(foreign)} lines are not ours: {foreign[0][:160]!r}")
    if control := CONTROL.search(output):
        found.append(f"a raw {control[0]!r} in the output")
    # At DEBUG the log tells texts, as they are.
    lengths = [len(line) for line in lines if " DEBUG: " not in line]
    if (longest := max(lengths, default=0)) > LONGEST_LINE:
        found.append(f"a line of the log has {longest} characters")
    return found


def _without_told_tracebacks(lines: list[str]) -> list[str]:
    """Those that DEBUG tells stand indented below their line, on purpose."""
    kept: list[str] = []
    is_told = False
    for line in lines:
        if is_told and line.startswith("    "):
            continue
        kept.append(line)
        is_told = " DEBUG: " in line and line.endswith(" How it failed:")
    return kept


def _command(process: psutil.Process) -> str:
    with contextlib.suppress(psutil.NoSuchProcess):
        return " ".join(process.cmdline())
    return ""
