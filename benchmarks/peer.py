"""The programs we are compared with."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks import environment
from benchmarks.process import CannotStart
from benchmarks.server import Place, Server
from benchmarks.standin import API_PATH

PEERS = Path(__file__).parent / "peers"


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
