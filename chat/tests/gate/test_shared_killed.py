"""A process that is killed with slots, and with some who wait."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chat.tests.access.redis_server import RedisServer
from chat.tests.gate.conftest import MakeGate
from chat.tests.gate.queue import Queue, shared, take

Process = asyncio.subprocess.Process


@pytest.fixture
async def holder(redis_server: RedisServer, tmp_path: Path) -> AsyncIterator[Process]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "chat.tests.gate.holder"),
        *(redis_server.url, str(tmp_path / "of-holder")),
        env={**os.environ, "DEBUG": "true"},
        stdin=pipe,
        stdout=pipe,
    )
    yield process
    if process.returncode is None:
        process.kill()
    await process.wait()


async def says(process: Process) -> bytes:
    assert process.stdout
    return (await process.stdout.readline()).strip()


async def test_its_slots_are_free_and_nobody_waits_for_it(
    make: MakeGate, holder: Process
) -> None:
    here = await make()
    assert await says(holder) == b"holds"
    held, queue = await take(here), Queue()
    assert holder.stdin
    holder.stdin.write(b"\n")
    assert await says(holder) == b"waits"
    holder.kill()
    for index in range(4):
        await queue.add(here, f"a{index}")
    assert await queue.all() == ["a0", "a1", "a2", "a3"]
    assert queue.most == 2
    assert shared(here)._in_line == 0
    held.release()
