"""A Redis of a test's own, and gates that share it as processes do."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chat.gate.concurrency import Concurrency
from chat.gate.gate import Gate
from chat.gate.targets import Target
from chat.tests.access.redis_server import PROGRAM, RedisServer
from chat.tests.waiting import SECONDS

MakeGate = Callable[..., Awaitable[Gate]]
TARGET = Target("id.secret", "glm-4.6")


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    if shutil.which(PROGRAM) is None:
        pytest.skip(f"{PROGRAM} is not installed")
    server = RedisServer(tmp_path)
    yield server
    server.end()


@pytest.fixture
async def make(settings: Any, redis_server: RedisServer) -> AsyncIterator[MakeGate]:
    """Makes gates that share a Redis; each as if it was a process of `host`."""
    made: list[Gate] = []
    settings.REDIS_URL = redis_server.url
    settings.ZAI_CONCURRENCY = Concurrency(of_all=3)
    settings.CHAT_QUEUE_SECONDS = 20.0
    # Nobody was here before, of whom something is not known.
    redis_server.calm()
    spool = settings.CHAT_SPOOL_DIR

    async def make_one(host: str = "host") -> Gate:
        settings.CHAT_SPOOL_DIR = f"{spool}/{host}"
        gate = Gate()
        made.append(gate)
        gate.lane(TARGET)
        assert gate.messenger
        await gate.messenger.begin()
        return gate

    yield make_one
    for gate in made:
        await gate.close()


@pytest.fixture
async def two(make: MakeGate) -> tuple[Gate, Gate]:
    """On two hosts: they have nothing in common but Redis."""
    return await make("one"), await make("other")


async def soon(condition: Callable[[], object]) -> None:
    """Wait until `condition` holds, and fail if it never does."""
    async with asyncio.timeout(SECONDS):
        while not condition():  # noqa: ASYNC110 (nobody tells of it)
            await asyncio.sleep(0.005)
