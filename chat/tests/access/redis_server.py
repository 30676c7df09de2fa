"""A Redis of a test's own, which it may stop, freeze and flush."""

import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import redis

from chat.tests.ports import free_port
from chat.tests.waiting import eventually

PROGRAM = "redis-server"


class RedisServer:
    def __init__(self, folder: Path, *options: str, password: str = "") -> None:
        self.port = free_port()
        self.options = options
        self.password = password
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.client = redis.Redis(port=self.port, password=password or None)
        self.start()

    @property
    def url(self) -> str:
        password = f":{self.password}@" if self.password else ""
        return f"redis://{password}127.0.0.1:{self.port}/0"

    def calm(self) -> None:
        """As one where nobody was before; else the first who come wait for some seconds
        for those who may hold slots at Z.AI."""
        self.client.set("{zc}:gate:quiet", 1, ex=600)

    def start(self) -> None:
        words = [PROGRAM, "--port", str(self.port), "--save", "", "--bind", "127.0.0.1"]
        words += ["--dir", str(self._folder), *self.options]
        if self.password:
            words += ["--requirepass", self.password]
        self._process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        eventually(self._answers)

    def shut_down(self) -> None:
        """As `redis-cli shutdown` does."""
        self.client.shutdown(nosave=True)
        assert self._process
        self._process.wait(30)

    def freeze(self) -> None:
        """Connections are accepted, and nothing is answered."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def end(self) -> None:
        self.client.close()
        if self._process:
            self._process.kill()
            self._process.wait(30)

    def held(self, name: str) -> int:
        """What all leases that live hold of `name`, and were charged."""
        fields = self.client.hgetall(f"{{zc}}:held:{name}")
        return sum(
            int(amount)
            for field, amount in fields.items()
            if self.client.exists(f"{{zc}}:alive:{field.decode().rstrip('$')}")
        )

    def leases(self) -> list[str]:
        return [key.decode() for key in self.client.scan_iter("{zc}:alive:*")]

    def _answers(self) -> bool:
        with suppress(redis.RedisError):
            return bool(self.client.ping())
        return False
