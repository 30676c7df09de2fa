"""Which database it is, and a log that does everything sooner."""

import pytest
from django.db import connection

from chat.tests.requestlog.hurry import hurry


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that takes its time takes a tenth of it."""
    hurry(monkeypatch.setattr)


@pytest.fixture
def postgresql() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("on PostgreSQL only")


@pytest.fixture
def sqlite() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("on SQLite only")
