"""The service with its insides in view."""

from collections.abc import Iterator
from typing import Any

import pytest

from chat.answers.shelf import shelf
from chat.tests.e2e.watched import Watched, watching


@pytest.fixture
def watched(zai: Any) -> Iterator[Watched]:
    with watching(zai) as everything:
        yield everything


@pytest.fixture(autouse=True)
def _empty_shelf() -> Iterator[None]:
    yield
    shelf.clear()
