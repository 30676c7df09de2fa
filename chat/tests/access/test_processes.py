"""Several processes that count together in Redis."""

import signal
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
import redis

from chat.tests.access.bank import a_day
from chat.tests.access.redis_server import RedisServer
from chat.tests.access.teller import Teller
from chat.tests.waiting import eventually

Tellers = Callable[[int], list[Teller]]


@pytest.fixture
def tellers(redis_server: RedisServer) -> Iterator[Tellers]:
    made: list[Teller] = []

    def make(number: int) -> list[Teller]:
        made.extend(Teller(f"p{i}", redis_server.url) for i in range(number))
        for teller in made:
            assert teller.do("problems") == []
        return made

    yield make
    for teller in made:
        teller.kill()


@pytest.mark.parametrize(
    ("kind", "limit"), [("turn", 100), ("place", 100), ("money", 100_000)]
)
def test_a_limit_is_exact_over_all_of_them(
    tellers: Tellers, kind: str, limit: int
) -> None:
    four = tellers(4)
    for teller in four:
        teller.begin("hold", kind, limit, 0, 100)
    taken = [len(teller.end()) for teller in four]
    assert sum(taken) == 100


def test_what_a_killed_process_holds_comes_back(
    tellers: Tellers, redis_server: RedisServer
) -> None:
    one, other = tellers(2)
    assert len(one.do("hold", "place", 10, 0, 10)) == 10
    assert other.do("hold", "place", 10, 0, 10) == []
    lease = next(key for key in redis_server.leases() if ":p0:" in key)
    one.kill()
    assert 0 < redis_server.client.ttl(lease) <= 90
    redis_server.client.pexpire(lease, 1)  # nobody waits for it
    eventually(lambda: not redis_server.client.exists(lease))
    assert len(other.do("hold", "place", 10, 0, 11)) == 10


def test_who_was_taken_for_dead_and_lives_gives_back_once(
    tellers: Tellers, redis_server: RedisServer
) -> None:
    one, other = tellers(2)
    name, lease = "open:client:1", ""
    taken = one.do("hold", "place", 10, 0, 6)
    other.do("hold", "place", 10, 0, 2)
    one.process.send_signal(signal.SIGSTOP)
    lease = next(key for key in redis_server.leases() if ":p0:" in key)
    redis_server.client.delete(lease)
    assert len(other.do("hold", "place", 10, 2, 10)) == 8  # room of the dead
    one.process.send_signal(signal.SIGCONT)
    one.do("release", taken[:3])
    # It holds again what it holds, though there was no room for it any more.
    eventually(lambda: redis_server.held(name) == 10 + 3)
    assert lease not in redis_server.leases()
    one.do("release", taken)
    eventually(lambda: redis_server.held(name) == 10)
    other.do("release", [f"r{i}" for i in range(12)])
    eventually(lambda: redis_server.held(name) == 0)


def test_a_flush_is_healed(tellers: Tellers, redis_server: RedisServer) -> None:
    four = tellers(4)
    name = a_day().name
    for teller in four:
        assert len(teller.do("hold", "money", 10**9, 0, 5)) == 5
    four[0].do("settle", ["r0", "r1"], 300)
    eventually(lambda: redis_server.held(name) == 18_600)
    redis_server.client.flushall()
    eventually(lambda: redis_server.held(name) == 18_600)
    for teller in four:
        teller.do("release", [f"r{i}" for i in range(5)])
    eventually(lambda: not redis_server.client.exists(f"{{zc}}:held:{name}"))


def test_a_flush_in_the_middle_of_it_leaves_no_wrong_count(
    tellers: Tellers, redis_server: RedisServer
) -> None:
    four = tellers(4)
    taken: list[list[str]] = [[] for _ in four]
    for turn in range(10):
        for teller in four:
            teller.begin("hold", "place", 10**6, 20 * turn, 20)
        redis_server.client.flushall()
        for number, teller in enumerate(four):
            taken[number] += teller.end()
            teller.begin("release", taken[number][::2])
            taken[number] = taken[number][1::2]
        redis_server.client.flushall()
        for teller in four:
            teller.end()
    left = sum(map(len, taken))
    eventually(lambda: redis_server.held("open:client:1") == left)
    for number, teller in enumerate(four):
        teller.do("release", taken[number])
    eventually(lambda: not redis_server.client.exists("{zc}:held:open:client:1"))


def test_redis_ends_in_the_middle_and_nobody_notices(
    tellers: Tellers, redis_server: RedisServer
) -> None:
    two = tellers(2)
    for teller in two:
        teller.begin("hold", "place", 10**6, 0, 200)
    with suppress(redis.ConnectionError):
        redis_server.shut_down()
    assert [len(teller.end()) for teller in two] == [200, 200]
    eventually(lambda: all(teller.do("problems") for teller in two))
    for number, teller in enumerate(two):
        assert len(teller.do("hold", "place", 10**6, 200, 50 + number)) == 50 + number
        teller.do("release", [f"r{i}" for i in range(100)])
    redis_server.start()
    eventually(lambda: not any(teller.do("problems") for teller in two))
    assert redis_server.held("open:client:1") == 2 * 150 + 1
