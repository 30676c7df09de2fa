"""The programs that are compared: ours and its peers. A new one is a few lines."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import environment
from benchmarks.process import ROOT, CannotStart
from benchmarks.standin import API_KEY, API_PATH, StandIn

ORIGIN = "https://www.example.com"
PEERS = Path(__file__).parent / "peers"


@dataclass(frozen=True)
class Place:
    """Where a server is to run, and what it is to ask."""

    folder: Path
    port: int
    standin: StandIn


@dataclass(frozen=True)
class Server:
    """One program. `path` is where it takes a chat request.

    `closing` is how many events it sends besides those with the answer's words.
    """

    key: str
    title: str
    path: str = "/api/chat"
    closing: int = 1
    measures_tls: bool = False

    def prepare(self, place: Place) -> None:
        """Make whatever must be there. Raises CannotStart."""

    def command(self, place: Place) -> list[str]:
        raise NotImplementedError

    def environment(self, place: Place) -> dict[str, str]:
        return {"ZAI_API_KEY": API_KEY, "ZAI_BASE_URL": place.standin.base_url}

    def version(self) -> str:
        return ""


@dataclass(frozen=True)
class Ours(Server):
    """`settings` sets a variant apart from the service as it comes."""

    measures_tls: bool = True
    settings: Mapping[str, str] = field(default_factory=dict)

    def prepare(self, place: Place) -> None:
        command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=os.environ | self.environment(place),
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise CannotStart(done.stderr.strip()[-200:])

    def command(self, place: Place) -> list[str]:
        start = [sys.executable, "-m", "uvicorn", "config.asgi:application"]
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


@dataclass(frozen=True)
class Nginx(Server):
    path: str = f"{API_PATH}/chat/completions"

    def command(self, place: Place) -> list[str]:
        configuration = place.folder / "nginx.conf"
        configuration.write_text(
            (PEERS / "nginx.conf").read_text()
            % {
                "folder": place.folder,
                "port": place.port,
                "upstream": place.standin.port,
            }
        )
        return [self._program(), "-p", str(place.folder), "-c", str(configuration)]

    def version(self) -> str:
        said = subprocess.run([self._program(), "-v"], capture_output=True, text=True)
        return said.stderr.strip().rpartition("/")[2]

    def _program(self) -> str:
        program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
        if program is None:
            raise CannotStart("nginx is not installed")
        return program


@dataclass(frozen=True)
class FastAPI(Server):
    module: str = ""
    package: str = ""

    def command(self, place: Place) -> list[str]:
        start = [environment.program("uvicorn"), f"{self.module}:app"]
        return [*start, f"--app-dir={PEERS}", f"--port={place.port}"]

    def version(self) -> str:
        return f"FastAPI {environment.version('fastapi')}, {self.package} " + (
            environment.version(self.package)
        )


@dataclass(frozen=True)
class LiteLLM(Server):
    path: str = "/v1/chat/completions"

    def command(self, place: Place) -> list[str]:
        start = [environment.program("litellm"), f"--config={PEERS / 'litellm.yaml'}"]
        return [*start, "--host=127.0.0.1", f"--port={place.port}"]

    def environment(self, place: Place) -> dict[str, str]:
        # It would fetch its table of prices at every start.
        return {**super().environment(place), "LITELLM_LOCAL_MODEL_COST_MAP": "True"}

    def version(self) -> str:
        return environment.version("litellm")


SERVERS: tuple[Server, ...] = (
    Ours("ours", "zai-chat-django"),
    Nginx("nginx", "nginx, byte proxy"),
    FastAPI(
        "openai", "FastAPI + AsyncOpenAI", module="fastapi_openai", package="openai"
    ),
    FastAPI(
        "zai", "FastAPI + zai-sdk, threads", module="fastapi_zai", package="zai-sdk"
    ),
    LiteLLM("litellm", "LiteLLM proxy"),
)
