"""A server as a process of its own: started, watched, stopped."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil

from chat.tests.ports import listens

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 90.0
STOP_SECONDS = 10.0


class CannotStart(Exception):
    """Why a server does not run, in a few words."""


class Process:
    """A process and its children; what it says goes to a file, as a pipe nobody reads
    would fill up and hold it."""

    def __init__(
        self,
        command: list[str],
        environment: Mapping[str, str],
        log: Path,
        root: Path = ROOT,
    ) -> None:
        self.log = log
        try:
            with log.open("wb") as file:
                self._popen = subprocess.Popen(
                    command,
                    cwd=root,
                    env=os.environ | environment,
                    stdin=subprocess.DEVNULL,
                    stdout=file,
                    stderr=subprocess.STDOUT,
                )
        except OSError as error:
            raise CannotStart(str(error)) from error
        self._root = psutil.Process(self._popen.pid)

    def wait_for(self, port: int) -> None:
        """Return once something listens at `port`. Raises CannotStart."""
        end = time.monotonic() + START_SECONDS
        while not listens(port):
            if self._popen.poll() is not None:
                raise CannotStart(self._last_words())
            if time.monotonic() > end:
                raise CannotStart(f"did not start within {START_SECONDS:g} s")
            time.sleep(0.05)

    @property
    def is_running(self) -> bool:
        return self._popen.poll() is None

    @property
    def cpu_seconds(self) -> float:
        return sum(_cpu_seconds(process) for process in self.tree())

    @property
    def memory(self) -> int:
        """Bytes that would be free without it; pages shared by children count once."""
        return sum(_private(process) for process in self.tree())

    @property
    def rss(self) -> int:
        return sum(process.memory_info().rss for process in self.tree())

    def connections_to(self, port: int) -> int:
        """Connections to `port` that are not closed, those it keeps in reserve too."""
        return sum(
            1
            for process in self.tree()
            for connection in process.net_connections("tcp")
            if connection.raddr and connection.raddr.port == port
        )

    def tree(self) -> list[psutil.Process]:
        return [self._root, *self._root.children(recursive=True)]

    def stop(self) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            tree = self.tree()
            self._popen.terminate()
            _, alive = psutil.wait_procs(tree, STOP_SECONDS)
            for process in alive:
                process.kill()
        self._popen.wait()

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return lines[-1][:200] if lines else f"ended with {self._popen.returncode}"


@contextlib.contextmanager
def running(
    command: list[str],
    environment: Mapping[str, str],
    log: Path,
    port: int,
    root: Path = ROOT,
) -> Iterator[Process]:
    """Run a server in `root` for as long as the block lasts. Raises CannotStart."""
    process = Process(command, environment, log, root)
    try:
        process.wait_for(port)
        yield process
    finally:
        process.stop()


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def _cpu_seconds(process: psutil.Process) -> float:
    """Of all its threads, those that ended too."""
    try:
        # The clock that clock_getcpuclockid() names. /proc counts in hundredths.
        return time.clock_gettime((~process.pid << 3) | 2)
    except (AttributeError, OSError):
        times = process.cpu_times()
        return float(times.user + times.system)


def _private(process: psutil.Process) -> int:
    memory = process.memory_full_info()
    return int(getattr(memory, "pss", memory.uss))
