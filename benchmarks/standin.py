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
def standing_in(
    folder: Path, *, tls: bool = False, concurrency: str = ""
) -> Iterator[StandIn]:
    """Run the simulator, without waits of its own, for as long as the block lasts.

    `concurrency` is how many it answers at a time, as its option takes it.
    """
    port, authority, certificate = free_port(), None, []
    if tls:
        authority, certificate = _certify(folder)
    words = (str(port), concurrency, *certificate)
    command = python("-m", "benchmarks.standin", *words)
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
    number, most, *pem = sys.argv[1:]
    files = dict.fromkeys(("certfile", "keyfile"), pem[0] if pem else None)
    serve(Options(port=int(number), speed=0, concurrency=most, **files))
