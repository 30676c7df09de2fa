"""The stand-in for Z.AI, as a process of its own."""

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import trustme

from benchmarks.process import Process, python, running
from chat.simulator import Options
from chat.simulator.server import serve
from chat.tests.ports import free_port

API_KEY = "simulator.key"
API_PATH = "/api/paas/v4"


@dataclass(frozen=True)
class StandIn:
    process: Process
    port: int
    authority: Path | None = None  # who signed its certificate, over TLS

    @property
    def base_url(self) -> str:
        return (
            f"{'https' if self.authority else 'http'}://127.0.0.1:{self.port}{API_PATH}"
        )


@contextlib.contextmanager
def standing_in(folder: Path, *, tls: bool = False) -> Iterator[StandIn]:
    """Run the simulator, without waits of its own, for as long as the block lasts."""
    port, authority, certificate = free_port(), None, []
    if tls:
        authority, certificate = _certify(folder)
    command = python("-m", "benchmarks.standin", str(port), *certificate)
    with running(command, {}, folder / f"standin-{port}.log", port) as process:
        yield StandIn(process, port, authority)


def _certify(folder: Path) -> tuple[Path, list[str]]:
    authority = trustme.CA()
    trusted, certificate = folder / "authority.pem", folder / "certificate.pem"
    authority.cert_pem.write_to_path(str(trusted))
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_and_cert_chain_pem.write_to_path(str(certificate))
    return trusted, [str(certificate)]


if __name__ == "__main__":
    pem = sys.argv[2] if len(sys.argv) > 2 else None
    serve(Options(port=int(sys.argv[1]), speed=0, certfile=pem, keyfile=pem))
