"""A Redis, and a ledger of either kind."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chat.access.ledger import Ledger, make_ledger
from chat.tests.access.bank import Bank
from chat.tests.access.redis_server import PROGRAM, RedisServer

MakeLedger = Callable[..., Ledger]


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    if shutil.which(PROGRAM) is None:
        pytest.skip(f"{PROGRAM} is not installed")
    server = RedisServer(tmp_path)
    server.calm()
    yield server
    server.end()


@pytest.fixture
def bank() -> Bank:
    return Bank()


@pytest.fixture
def make(settings: Any, bank: Bank) -> Iterator[MakeLedger]:
    """Makes ledgers on the bank, of REDIS_URL."""
    made: list[Ledger] = []

    def make_one(url: str = "", **words: Any) -> Ledger:
        settings.REDIS_URL = url
        read = {"read_sums": bank.read_sums, "read_held": bank.read_held, **words}
        ledger = make_ledger(f"process-{len(made)}", **read)
        made.append(ledger)
        ledger.refresh()
        return ledger

    yield make_one
    for ledger in made:
        ledger.close()


@pytest.fixture
def shared(make: MakeLedger, redis_server: RedisServer) -> Ledger:
    return make(redis_server.url)


@pytest.fixture(params=["in the process", "in Redis"])
def ledger(request: Any, make: MakeLedger) -> Ledger:
    """Either must do the same."""
    if request.param == "in the process":
        return make()
    return make(request.getfixturevalue("redis_server").url)
