"""What the doctor is tried on beside the service, and patience with a busy machine."""

import pytest

from chat.doctor.checks import headers, heartbeats, leaving, pace
from chat.tests.e2e.certificate import certificate

__all__ = ["certificate"]


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is held back here is so for 3 seconds; a busy machine may take one."""
    for module in (pace, headers):
        monkeypatch.setattr(module, "SLOW", 1.5)
    for module in (pace, headers, heartbeats):
        monkeypatch.setattr(module, "LATE", 1.5)
    monkeypatch.setattr(leaving, "SOON", 5.0)
