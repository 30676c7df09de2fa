"""The service with its insides in view, on Z.AI over plain HTTP or over TLS."""

from collections.abc import Iterator
from typing import Any

import pytest

from chat.simulator import Options
from chat.simulator import running as running_simulator
from chat.tests.e2e.certificate import Certificate, certificate
from chat.tests.e2e.watched import Watched, watching
from chat.tests.serving import point_at

__all__ = ["certificate"]


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
