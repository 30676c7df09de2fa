"""The service with its insides in view, on Z.AI over plain HTTP or over TLS."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme

from chat.exchange.register import open_exchanges
from chat.simulator import Options
from chat.simulator import running as running_simulator
from chat.tests.conftest import SECONDS, Service, point_at, service_for
from config.asgi import application


def eventually(condition: Callable[[], object], seconds: float = SECONDS) -> None:
    """Wait until `condition` holds, and fail if it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.01)


class Loop:
    """The service's event loop, seen from the test's thread."""

    _loop: asyncio.AbstractEventLoop | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self._loop = asyncio.get_running_loop()
        await application(scope, receive, send)

    def tasks(self) -> set[str]:
        async def names() -> set[str]:
            others = asyncio.all_tasks() - {asyncio.current_task()}
            return {f"{task.get_name()} {task.get_coro()}" for task in others}

        assert self._loop
        return asyncio.run_coroutine_threadsafe(names(), self._loop).result(SECONDS)


@dataclass
class Watched:
    """The service and Z.AI, and whether anything is open between them."""

    service: Service
    zai: Any
    loop: Loop
    idle: set[str]

    def z_ai_was_left(self) -> bool:
        """Wait for the end of every request at Z.AI; whether we cut them all."""
        state = self.zai.wait(lambda state: state["total"] and not state["open"])
        return {entry["how"] for entry in state["requests"]} == {"client_left"}

    def nothing_is_left(self) -> bool:
        """Wait until no exchange and no task is left."""
        eventually(lambda: not open_exchanges)
        eventually(lambda: self.loop.tasks() <= self.idle)
        return True


@contextlib.contextmanager
def watching(zai: Any) -> Iterator[Watched]:
    loop = Loop()
    with service_for(app=loop) as service:
        yield Watched(service, zai, loop, loop.tasks())


@dataclass
class Certificate:
    """For 127.0.0.1: files with what signed it, itself and its key."""

    authority: str
    chain: str
    key: str


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    folder: Path = tmp_path_factory.mktemp("certificate")
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    files = Certificate(*(str(folder / name) for name in ("authority", "chain", "key")))
    authority.cert_pem.write_to_path(files.authority)
    issued.private_key_pem.write_to_path(files.key)
    for pem in issued.cert_chain_pems:
        pem.write_to_path(files.chain, append=True)
    return files


@pytest.fixture(scope="session")
def _tls_simulator(certificate: Certificate) -> Iterator[Any]:
    options = Options(speed=0, certfile=certificate.chain, keyfile=certificate.key)
    with running_simulator(options) as simulator:
        yield simulator


@pytest.fixture
def tls_zai(
    _tls_simulator: Any,
    certificate: Certificate,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Any:
    monkeypatch.setenv("SSL_CERT_FILE", certificate.authority)
    _tls_simulator.reset()
    point_at(settings, _tls_simulator.base_url)
    return _tls_simulator


@pytest.fixture
def watched(zai: Any) -> Iterator[Watched]:
    with watching(zai) as everything:
        yield everything


@pytest.fixture(params=["zai", "tls_zai"])
def watched_either_way(request: pytest.FixtureRequest) -> Iterator[Watched]:
    """Once with Z.AI over plain HTTP, once over TLS."""
    with watching(request.getfixturevalue(request.param)) as everything:
        yield everything
