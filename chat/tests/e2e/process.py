"""The service as a process, started as an operator would start it."""

import contextlib
import functools
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil

from chat.tests.development import BASE_DIR
from chat.tests.ports import free_port, listens
from chat.tests.waiting import eventually

PYTHON = sys.executable
# Of several workers, on a machine that has other things to do.
START_SECONDS = 240.0
UVICORN = (PYTHON, "-m", "uvicorn", "config.asgi:application")
GUNICORN = (PYTHON, "-m", "gunicorn", "config.asgi:application")
COMMANDS = {
    "uvicorn": (*UVICORN, "--port", "{port}"),
    "uvicorn with workers": (*UVICORN, "--port", "{port}", "--workers", "2"),
    "gunicorn": (
        *(*GUNICORN, "--bind", "127.0.0.1:{port}", "--workers", "2"),
        *("--worker-class", "uvicorn_worker.UvicornWorker"),
    ),
}


class Process:
    """A started service; what it has printed is in `output`."""

    def __init__(self, popen: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.popen = popen
        self.url = f"http://127.0.0.1:{port}"
        self._port = port
        self._log = log

    @property
    def output(self) -> str:
        return self._log.read_text()

    def endings(self) -> list[str]:
        """The log's lines on how exchanges ended."""
        return [line for line in self.output.splitlines() if "chat.exchange: " in line]

    def wait_until_it_listens(self) -> None:
        eventually(lambda: listens(self._port) or self._has_ended, START_SECONDS)
        # Of several workers the first that is up does not answer for the others.
        eventually(self._is_started, START_SECONDS)

    def _is_started(self) -> bool:
        started = self.output.count("Application startup complete")
        return started >= 1 + ("workers" in str(self.popen.args)) or self._has_ended

    @property
    def _has_ended(self) -> bool:
        return self.popen.poll() is not None

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal as a supervisor does; the exit status that follows."""
        self.popen.send_signal(number)
        return self.popen.wait(30)

    def press_ctrl_c(self) -> int:
        """As a terminal does, to every process; the exit status that follows."""
        os.killpg(self.popen.pid, signal.SIGINT)
        return self.popen.wait(30)

    def server(self) -> psutil.Process:
        """The process that serves, where there is only one."""
        return psutil.Process(self.popen.pid)

    def callers(self) -> int:
        """How many callers are connected."""
        return sum(
            connection.laddr.port == self._port and bool(connection.raddr)
            for connection in self.server().net_connections("tcp")
        )


@contextlib.contextmanager
def started(
    folder: Path, command: str = "uvicorn", /, **variables: str
) -> Iterator[Process]:
    port, log = free_port(), folder / "output"
    (folder / DATABASE).write_bytes(empty_database())
    words = [word.format(port=port) for word in COMMANDS[command]]
    with log.open("wb") as output:
        popen = subprocess.Popen(
            words,
            cwd=BASE_DIR,
            env=environment(folder) | variables,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield Process(popen, port, log)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(popen.pid, signal.SIGKILL)
        popen.wait()


DATABASE = "db.sqlite3"


def environment(folder: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ZAI_", "CHAT_"))}
    return {
        **kept,
        "DEBUG": "false",
        "SECRET_KEY": "for-this-test-alone-" * 3,
        "ALLOWED_HOSTS": "127.0.0.1",
        "DATABASE_URL": f"sqlite:///{folder / DATABASE}",
        "ZAI_API_KEY": "test-id.test-secret",
        "ZAI_CONCURRENCY": "1000",
        "CHAT_QUEUE_SECONDS": "3",
        "PYTHONUNBUFFERED": "1",
    }


@functools.cache
def empty_database() -> bytes:
    """What `migrate` makes, made once."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run(
            [PYTHON, "manage.py", "migrate", "--verbosity", "0"],
            cwd=BASE_DIR,
            env=environment(folder),
            check=True,
            capture_output=True,
        )
        return (folder / DATABASE).read_bytes()
