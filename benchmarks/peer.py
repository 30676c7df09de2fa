"""The programs we are compared with, as their documentation has them."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.environment import PythonEnvironment
from benchmarks.process import CannotStart
from benchmarks.server import Place, Server
from benchmarks.standin import API_PATH

PEERS = Path(__file__).parent / "peers"


def environment_of(name: str) -> PythonEnvironment:
    return PythonEnvironment(name, (PEERS / name / "requirements.txt",))


@dataclass(frozen=True)
class Nginx(Server):
    path: str = f"{API_PATH}/chat/completions"

    def command(self, place: Place) -> list[str]:
        configuration = place.folder / "nginx.conf"
        configuration.write_text(
            (PEERS / "nginx/nginx.conf").read_text()
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
    """`name` is of its folder under `peers/`."""

    name: str = ""
    package: str = ""

    def command(self, place: Place) -> list[str]:
        start = [environment_of(self.name).program("uvicorn"), "service:app"]
        return [*start, f"--app-dir={PEERS / self.name}", f"--port={place.port}"]

    def version(self) -> str:
        made = environment_of(self.name)
        ours = f"{self.package} {made.version(self.package)}"
        return f"FastAPI {made.version('fastapi')}, {ours}"
