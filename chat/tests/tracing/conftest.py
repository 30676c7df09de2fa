"""The service, and a receiver of its spans."""

from collections.abc import Iterator
from typing import Any

import pytest

from chat.tests.serving import Service, service_for
from chat.tests.tracing.receiver import Received, receiving


@pytest.fixture
def received(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Received]:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
    with receiving() as found:
        settings.OTEL_EXPORTER_OTLP_ENDPOINT = found.url
        yield found


@pytest.fixture
def traced(zai: Any, received: Received) -> Iterator[Service]:
    with service_for() as service:
        yield service
