"""The service itself, as it runs in production."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from benchmarks.environment import PythonEnvironment
from benchmarks.process import CannotStart
from benchmarks.server import Place, Server

ORIGIN = "https://www.example.com"
DATABASE = "benchmark.sqlite3"
KEY = "key-of-the-client"
_MADE: dict[object, tuple[bytes, str]] = {}


@dataclass(frozen=True)
class Ours(Server):
    """`settings` sets a variant apart from the service as it comes.

    `client` is what `manage.py client add` is told of who asks; without it the service
    is open to all. `made` has another Python than the one that runs this, or another
    server: `granian`. `application` is what is served.
    """

    measures_tls: bool = True
    settings: Mapping[str, str] = field(default_factory=dict)
    client: tuple[str, ...] | None = None
    made: PythonEnvironment | None = None
    by_granian: bool = False
    application: str = "config.asgi:application"

    def prepare(self, place: Place) -> None:
        """A database is made once for all that want the same of it, unless it is one of
        their own."""
        wanted = (self.root, self._python(), self.client)
        if "DATABASE_URL" in self.settings:
            (place.folder / KEY).write_text(self._fill_database(place))
        elif wanted in _MADE:
            database, key = _MADE[wanted]
            (place.folder / DATABASE).write_bytes(database)
            (place.folder / KEY).write_text(key)
        else:
            key = self._fill_database(place)
            _MADE[wanted] = (place.folder / DATABASE).read_bytes(), key
            (place.folder / KEY).write_text(key)

    def command(self, place: Place) -> list[str]:
        port = f"--port={place.port}"
        if self.by_granian:
            start = [self._python(), "-m", "granian", "--interface=asgi", port]
            return [*start, "--backlog=2048", "--access-log", self.application]
        start = [self._python(), "-m", "uvicorn", self.application, port]
        return [*start, "--timeout-keep-alive=75"]

    def environment(self, place: Place) -> dict[str, str]:
        trusted = {"SSL_CERT_FILE": str(place.standin.authority or "")}
        return {
            **super().environment(place),
            "DEBUG": "false",
            "SECRET_KEY": "for-the-benchmark-only",
            "ALLOWED_HOSTS": "127.0.0.1",
            "CORS_ALLOWED_ORIGINS": ORIGIN,
            "LOG_LEVEL": "INFO",
            "LOG_FORMAT": "console",
            "DATABASE_URL": f"sqlite:///{place.folder / DATABASE}",
            # Or processes that are measured beside each other would share their slots.
            "CHAT_SPOOL_DIR": str(place.folder / "spool"),
            **(trusted if place.standin.authority else {}),
            **self.settings,
        }

    def headers(self, place: Place) -> Mapping[str, str]:
        if self.client is None:
            return super().headers(place)
        return {"Authorization": f"Bearer {(place.folder / KEY).read_text()}"}

    def version(self) -> str:
        python = f"Python {_version_of(self._python())}"
        if self.by_granian and self.made:
            return f"{python}, granian {self.made.version('granian')}"
        return python

    def _fill_database(self, place: Place) -> str:
        """Return the key of its client, or nothing where it has none."""
        self._manage(place, "migrate", "--verbosity=0")
        if self.client is None:
            return ""
        words = ("client", "add", "--json", "benchmark", *self.client)
        return str(json.loads(self._manage(place, *words))["key"])

    def _manage(self, place: Place, *words: str) -> str:
        done = subprocess.run(
            [self._python(), "manage.py", *words],
            cwd=self.root,
            env=os.environ | self.environment(place),
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise CannotStart(done.stderr.strip()[-200:])
        return done.stdout

    def _python(self) -> str:
        return self.made.program("python") if self.made else sys.executable


@cache
def _version_of(python: str) -> str:
    said = subprocess.run([python, "--version"], capture_output=True, text=True)
    return said.stdout.strip().removeprefix("Python ")
