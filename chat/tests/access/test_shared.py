"""What is different when Redis counts."""

import asyncio
import gc
import threading
from typing import Any

import pytest
import redis

from chat.access.claim import Use, money, place
from chat.access.ledger import Ledger
from chat.access.redis import announce, listen
from chat.tests.access.bank import Bank, a_day, everything
from chat.tests.access.conftest import MakeLedger
from chat.tests.access.redis_server import RedisServer
from chat.tests.waiting import SECONDS, eventually


def commands(server: RedisServer) -> int:
    """How many scripts it has run."""
    stats = server.client.info("commandstats")
    return sum(
        one["calls"]
        for name, one in stats.items()
        if name in ("cmdstat_evalsha", "cmdstat_eval")
    )


async def test_a_hold_is_one_round_trip(
    shared: Ledger, redis_server: RedisServer
) -> None:
    await shared.hold("first", everything())  # which fills in what is spent
    before = commands(redis_server)
    await shared.hold("second", everything())
    assert commands(redis_server) == before + 1


async def test_many_at_once_are_a_few_messages(
    shared: Ledger, redis_server: RedisServer
) -> None:
    await shared.hold("first", everything())
    before = commands(redis_server)
    held = await asyncio.gather(
        *(shared.hold(f"r{i}", everything()) for i in range(300))
    )
    assert all(one.short is None for one in held)
    assert commands(redis_server) - before <= 5


async def test_what_ended_is_free_for_the_next_of_this_process(shared: Ledger) -> None:
    claims = [place("client:1", 1)]
    for number in range(50):
        assert (await shared.hold(f"r{number}", claims)).short is None
        shared.settle(f"r{number}", 0)


async def test_what_ended_is_free_for_others_at_once(
    make: MakeLedger, redis_server: RedisServer
) -> None:
    one, other = make(redis_server.url), make(redis_server.url)
    claims = [place("client:1", 1)]
    await one.hold("a", claims)
    assert (await other.hold("b", claims)).short
    one.release("a")
    async with asyncio.timeout(SECONDS):
        while (await other.hold("b", claims)).short:  # without a refresh
            pass


async def test_what_one_spends_the_other_does_not_have(
    make: MakeLedger, redis_server: RedisServer, bank: Bank
) -> None:
    one, other = make(redis_server.url), make(redis_server.url)
    claims = [money("client:1", 100, 1000, a_day())]
    await other.hold("look", claims)
    other.release("look")
    await one.hold("a", claims)
    one.settle("a", 950)
    one.committed(bank.commit(950, a_day()), ["a"])
    one.refresh()
    short = (await other.hold("b", claims)).short
    assert short
    assert (short.used, short.is_settled) == (950, True)


async def test_what_is_spent_is_read_again_for_it_may_be_less(
    shared: Ledger, redis_server: RedisServer, bank: Bank
) -> None:
    claims = [money("client:1", 100, 1000, a_day())]
    bank.totals[a_day()] = 950
    assert (await shared.hold("a", claims)).short
    bank.totals[a_day()] = 500
    key = f"{{zc}}:spent:{a_day().name}"
    assert 0 < redis_server.client.ttl(key) <= 60
    shared.committed({a_day(): 940}, [])
    shared.refresh()
    assert 0 < redis_server.client.ttl(key) <= 60  # not prolonged
    redis_server.client.delete(key)
    assert (await shared.hold("a", claims)).short is None


async def test_who_gives_up_waiting_holds_nothing(
    shared: Ledger, redis_server: RedisServer
) -> None:
    """Whenever it happens: before it is sent, on the way, and when it is told."""
    claims = everything()[2:]
    await shared.hold("first", claims)
    for turns in range(40):
        asking = asyncio.create_task(shared.hold(f"r{turns}", claims))
        for _ in range(turns):
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        if not asking.cancelled():
            shared.release(f"r{turns}")
    shared.release("first")
    async with asyncio.timeout(SECONDS):
        while any(redis_server.held(claim.name) for claim in claims):  # noqa: ASYNC110
            await asyncio.sleep(0)
    assert shared.problems() == []


def test_event_loops_do_not_share_connections(
    shared: Ledger, redis_server: RedisServer
) -> None:
    claims = [place("client:1", 10**6)]

    async def hold(name: str) -> None:
        await asyncio.gather(*(shared.hold(f"{name}{i}", claims) for i in range(10)))

    asyncio.run(hold("first"))
    threads = [
        threading.Thread(target=lambda n=name: asyncio.run(hold(n))) for name in "abcd"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    asyncio.run(hold("last"))
    assert shared.used(claims) == [Use(60)]
    assert shared.problems() == []
    gc.collect()  # what is not closed would warn now
    clients = redis_server.client.client_list()
    assert len(clients) <= 3  # the test's own, and one for threads


async def test_a_stopped_process_leaves_nothing(
    make: MakeLedger, redis_server: RedisServer
) -> None:
    one, other = make(redis_server.url), make(redis_server.url)
    claims = [place("client:1", 1)]
    await one.hold("a", claims)
    one.close()
    assert (await other.hold("b", claims)).short is None
    one.refresh()
    one.settle("a", 5)
    assert len(redis_server.leases()) == 1


class Ear:
    def __init__(self) -> None:
        self.heard = 0

    def __call__(self) -> None:
        self.heard += 1


def test_an_announcement_is_heard(redis_server: RedisServer, settings: Any) -> None:
    settings.REDIS_URL = redis_server.url
    ears = [Ear(), Ear()]
    listeners = [listen(ear) for ear in ears]
    eventually(lambda: all(ear.heard == 1 for ear in ears))  # now they listen
    announce()
    eventually(lambda: all(ear.heard == 2 for ear in ears))
    redis_server.shut_down()
    announce()  # nobody hears, and nobody minds
    redis_server.start()
    eventually(lambda: all(ear.heard == 3 for ear in ears))
    announce()
    eventually(lambda: all(ear.heard == 4 for ear in ears))
    for listener in listeners:
        assert listener
        listener.close()


def test_a_fault_of_who_listens_does_not_deafen(
    redis_server: RedisServer, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.REDIS_URL = redis_server.url
    heard = []

    def stumble() -> None:
        heard.append(1)
        if len(heard) == 1:
            raise RuntimeError

    listener = listen(stumble)
    assert listener
    eventually(lambda: len(heard) == 2)
    announce()
    eventually(lambda: len(heard) == 3)
    listener.close()


def test_without_redis_nobody_listens(settings: Any) -> None:
    settings.REDIS_URL = ""
    announce()
    assert listen(Ear()) is None


def test_a_frozen_redis_is_not_listened_to_for_ever(
    redis_server: RedisServer, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chat.access import redis as module

    monkeypatch.setattr(module, "SECONDS_OF_SILENCE", 0.2)
    settings.REDIS_URL = redis_server.url
    ear = Ear()
    listener = listen(ear)
    assert listener
    eventually(lambda: ear.heard == 1)
    redis_server.freeze()
    with pytest.raises(redis.RedisError):
        redis.Redis(port=redis_server.port, socket_timeout=1.0, retry=None).ping()
    redis_server.thaw()
    eventually(lambda: ear.heard >= 2)
    listener.close()
