"""Redis that does not do what it is asked: nobody waits for it twice."""

import asyncio
import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.access.claim import Use, place
from chat.access.ledger import Ledger
from chat.tests.access.bank import Bank, everything
from chat.tests.access.conftest import MakeLedger
from chat.tests.access.redis_server import RedisServer
from chat.tests.waiting import eventually

PASSWORD = "hunter2-of-redis"


@pytest.fixture(autouse=True)
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    caplog.set_level(logging.DEBUG)
    yield caplog
    assert PASSWORD not in caplog.text


def warnings(log: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in log.records if r.levelno >= logging.WARNING]


async def goes_on(ledger: Ledger, name: str = "a") -> None:
    held = await asyncio.gather(
        *(ledger.hold(f"{name}{i}", everything()) for i in range(20))
    )
    assert all(one.short is None for one in held)
    for number in range(20):
        ledger.settle(f"{name}{number}", 5)


async def test_it_ends_and_comes_back(
    shared: Ledger, redis_server: RedisServer, log: pytest.LogCaptureFixture
) -> None:
    claims = [place("client:1", 100)]
    await shared.hold("first", claims)
    redis_server.shut_down()
    await goes_on(shared)
    for _ in range(3):
        shared.refresh()
    assert len(shared.problems()) == 1
    assert "Redis does not count (ConnectionError" in shared.problems()[0]
    assert len(warnings(log)) == 1

    await shared.hold("second", claims)
    redis_server.start()
    shared.refresh()
    assert shared.problems() == []
    assert len(warnings(log)) == 2
    assert redis_server.held("open:client:1") == 2
    assert shared.used(claims) == [Use(2)]


async def test_it_freezes(shared: Ledger, redis_server: RedisServer) -> None:
    await goes_on(shared, "before")
    redis_server.freeze()
    await goes_on(shared, "once")
    with pytest.raises(StopIteration) as ended:  # it never waits again
        shared.hold("then", everything()).send(None)
    assert ended.value.value.short is None
    shared.refresh()
    assert "Redis does not count (" in shared.problems()[0]
    redis_server.thaw()
    shared.refresh()
    assert shared.problems() == []
    claims = everything()
    shared.release("then")
    for number in range(20):
        for name in ("before", "once"):
            shared.release(f"{name}{number}")
    await shared.hold("last", claims)
    assert [use.held for use in shared.used(claims)[2:]] == [1] * 2 + [1000] * 6


async def test_it_pauses(shared: Ledger, redis_server: RedisServer) -> None:
    """What it was asked meanwhile it does later, and that counts for nothing."""
    redis_server.client.client_pause(3000)
    await goes_on(shared)
    assert shared.problems()
    redis_server.client.client_unpause()
    redis_server.client.ping()
    shared.refresh()
    assert shared.problems() == []
    assert redis_server.held("open:client:1") == 0
    assert redis_server.held("day:2099-11-26:client:1") == 100


async def test_it_accepts_and_never_answers(
    make: MakeLedger, log: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ledger = make(f"redis://127.0.0.1:{listener.getsockname()[1]}")
        await goes_on(ledger)
        assert "Redis does not count (TimeoutError" in ledger.problems()[0]
        assert len(warnings(log)) == 1


@pytest.mark.parametrize("url", ["redis://:{}@127.0.0.1:{}", "redis://127.0.0.1:{1}"])
async def test_the_password_is_wrong(
    make: MakeLedger, tmp_path: Path, url: str
) -> None:
    server = RedisServer(tmp_path, password="another")
    try:
        ledger = make(url.format(PASSWORD, server.port))
        await goes_on(ledger)
        assert "Redis does not count (Authentication" in ledger.problems()[0]
        assert PASSWORD not in ledger.problems()[0]
    finally:
        server.end()


async def test_nobody_is_there(make: MakeLedger) -> None:
    ledger = make(f"redis://:{PASSWORD}@127.0.0.1:1")
    await goes_on(ledger)
    assert PASSWORD not in str(ledger.problems())


async def test_it_is_a_replica_and_writes_nothing(
    shared: Ledger, redis_server: RedisServer
) -> None:
    await shared.hold("first", everything())
    redis_server.client.replicaof("127.0.0.1", 1)
    await goes_on(shared)
    shared.refresh()
    assert "Redis does not count (ReadOnlyError" in shared.problems()[0]
    redis_server.client.replicaof("NO", "ONE")
    shared.refresh()
    assert shared.problems() == []
    assert redis_server.held("open:client:1") == 1


@pytest.mark.parametrize("policy", ["noeviction", "allkeys-lru"])
async def test_its_memory_is_full(
    shared: Ledger, redis_server: RedisServer, policy: str
) -> None:
    await shared.hold("first", everything())
    redis_server.client.config_set("maxmemory-policy", policy)
    redis_server.client.config_set("maxmemory", 1)
    for name in "abc":
        await goes_on(shared, name)
        shared.refresh()
    redis_server.client.config_set("maxmemory", 0)
    eventually(lambda: shared.refresh() or redis_server.held("open:client:1") == 1)
    assert shared.problems() == []
    assert redis_server.held("day:2099-11-26:client:1") == 1000 + 60 * 5


async def test_it_forgets_its_scripts(
    shared: Ledger, redis_server: RedisServer
) -> None:
    await goes_on(shared, "a")
    redis_server.client.script_flush()
    await goes_on(shared, "b")
    assert shared.problems() == []


async def test_what_others_hold_by_their_rows_counts_while_it_is_away(
    shared: Ledger, redis_server: RedisServer, bank: Bank
) -> None:
    redis_server.shut_down()
    bank.held["open:client:1"] = 4
    shared.refresh()
    claims = [place("client:1", 5)]
    assert (await shared.hold("a", claims)).short is None
    assert (await shared.hold("b", claims)).short
    redis_server.start()
    shared.refresh()
    assert shared.used(claims) == [Use(1)]
