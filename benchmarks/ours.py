"""The service itself, as it runs in production."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.process import CannotStart, python
from benchmarks.server import Place, Server

ORIGIN = "https://www.example.com"


@dataclass(frozen=True)
class Ours(Server):
    """`settings` sets a variant apart from the service as it comes."""

    measures_tls: bool = True
    settings: Mapping[str, str] = field(default_factory=dict)

    def prepare(self, place: Place) -> None:
        command = python("manage.py", "migrate", "--verbosity=0")
        done = subprocess.run(
            command,
            cwd=self.root,
            env=os.environ | self.environment(place),
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise CannotStart(done.stderr.strip()[-200:])

    def command(self, place: Place) -> list[str]:
        start = python("-m", "uvicorn", "config.asgi:application")
        return [*start, f"--port={place.port}", "--timeout-keep-alive=75"]

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
            "DATABASE_URL": f"sqlite:///{place.folder / 'benchmark.sqlite3'}",
            **(trusted if place.standin.authority else {}),
            **self.settings,
        }

    def version(self) -> str:
        return f"Python {'.'.join(map(str, sys.version_info[:3]))}"
