"""The service with its insides in view; and two of it as processes, with Redis."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chat.answers.shelf import shelf
from chat.tests.access.redis_server import PROGRAM, RedisServer
from chat.tests.e2e.process import UVICORN, Process
from chat.tests.e2e.watched import Watched, watching
from chat.tests.requestlog import processes
from chat.tests.requestlog.processes import QUICK, quick_process

# As in production, and not sooner: `python -m benchmarks.resume processes` wants it so.
IS_REAL = os.environ.get("CHAT_TEST_REAL") == "1"


@pytest.fixture
def watched(zai: Any) -> Iterator[Watched]:
    with watching(zai) as everything:
        yield everything


@pytest.fixture(autouse=True)
def _empty_shelf() -> Iterator[None]:
    """Tests elsewhere leave theirs."""
    shelf.clear()
    yield
    shelf.clear()


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    if not shutil.which(PROGRAM):
        pytest.skip("needs redis-server")
    server = RedisServer(tmp_path)
    server.calm()
    yield server
    server.end()


@pytest.fixture
def two(
    zai: Any,
    redis_server: RedisServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[tuple[Process, Process]]:
    more = {"REDIS_URL": redis_server.url}
    quick = tuple(word.replace("requestlog.quick", "answers.quick") for word in QUICK)
    monkeypatch.setattr(processes, "QUICK", UVICORN if IS_REAL else quick)
    with (
        quick_process(tmp_path / "a", zai, **more) as one,
        quick_process(tmp_path / "b", zai, **more) as other,
    ):
        yield one, other
