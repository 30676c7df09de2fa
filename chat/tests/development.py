"""`manage.py` as a process, for tests that watch it start, reload and end."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

from chat.tests.ports import free_port

BASE_DIR = Path(__file__).resolve().parent.parent.parent


class Running:
    """A started command; what it has printed is in `output`."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process = process
        self.port = port
        self._log = log

    @property
    def output(self) -> str:
        return self._log.read_text()

    def get(self, path: str) -> bytes:
        """The body; empty while nothing answers there."""
        try:
            return self.open(path).read()
        except OSError:
            return b""

    def open(self, path: str) -> "urllib.request._UrlopenRet":
        url = f"http://127.0.0.1:{self.port}{path}"
        return urllib.request.urlopen(url, timeout=10)

    def until(self, condition: Callable[[], object], seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, self.output
            time.sleep(0.05)

    def end(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(20)


@contextlib.contextmanager
def running(
    folder: Path, *words: str, port: int = 0, **variables: str
) -> Iterator[Running]:
    port = port or free_port()
    words = tuple(word.format(port=port) for word in words)
    log = folder / "output"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", *words],
            cwd=BASE_DIR,
            env=environment(folder, port) | variables,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield Running(process, port, log)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def environment(folder: Path, port: int) -> dict[str, str]:
    return {
        **os.environ,
        "DEBUG": "true",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
        "ZAI_API_KEY": "",
        "ZAI_BASE_URL": "",
        "PYTHONPATH": str(folder),
        "PYTHONUNBUFFERED": "",  # as it is for whoever starts it
    }
