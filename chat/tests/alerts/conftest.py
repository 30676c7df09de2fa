from collections.abc import Iterator
from typing import Any

import pytest

from chat.alerts import watch
from chat.tests.alerts.receiver import Receiver, receiving


@pytest.fixture
def receiver(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """Who is told, of a service that looks all the time."""
    monkeypatch.setattr(watch, "SECONDS_BETWEEN_LOOKS", 0.05)
    with receiving() as receiver:
        settings.ALERT_WEBHOOK_URL = receiver.url
        yield receiver
