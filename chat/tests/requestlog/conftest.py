"""Which database it is, what it does, and a log that does everything sooner."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from chat.requestlog.store import Store
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


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A database that takes nothing until the event is set."""
    over, write = threading.Event(), Store.write

    def hang(self: Store, records: Any) -> None:
        assert over.wait(60)
        write(self, records)

    monkeypatch.setattr(Store, "write", hang)
    yield over
    over.set()
