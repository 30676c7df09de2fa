"""Redis that goes away and comes back: nobody waits for it, and nothing jumps."""

import asyncio
import logging

import pytest

from chat.gate.gate import Gate
from chat.tests.access.redis_server import RedisServer
from chat.tests.gate.conftest import MakeGate, soon
from chat.tests.gate.queue import Queue, lane_of, shared, take, take_all


@pytest.fixture(autouse=True)
def _short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.gate.messenger.SECONDS_OF_GRACE", 1.5)


def counts(*gates: Gate) -> bool:
    return all(gate.messenger and gate.messenger.counts for gate in gates)


def away(*gates: Gate) -> bool:
    return all(gate.messenger and not gate.messenger.counts for gate in gates)


def problems(gate: Gate) -> list[str]:
    assert gate.messenger
    return gate.messenger.problems()


@pytest.mark.parametrize("how", ["shut down", "frozen"])
async def test_a_host_goes_on_by_itself(
    make: MakeGate,
    redis_server: RedisServer,
    how: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    one, other = await make(), await make()
    held, queue = await take_all(one), Queue()
    await queue.crowd(one, other, number=20)
    await soon(lambda: shared(one)._in_line == 40)
    held.pop().release()
    await soon(lambda: len(queue.turns) > 5)
    if how == "frozen":
        redis_server.freeze()
    else:
        redis_server.end()
    held.pop().release()
    assert len(await queue.all()) == 40
    assert queue.most <= 2
    await soon(lambda: away(one, other))
    assert "each host asks Z.AI on its own" in problems(one)[0]
    assert len(told(caplog)) == 2

    held += [await take(other), await take(one)]
    late = Queue()
    late.tasks["late"] = asyncio.create_task(late._wait(one, "late", "", "", 1))
    if how == "frozen":
        redis_server.thaw()
    else:
        redis_server.start()
    await soon(lambda: counts(one, other))
    await soon(lambda: lane_of(one).open == 3 == lane_of(other).open)
    assert problems(one) == [] and late.turns == []
    held.pop().release()
    assert await late.all() == ["late"]
    assert len(told(caplog)) == 4


def told(log: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in log.records if r.levelno >= logging.WARNING]


async def test_flushed_with_a_full_line_nobody_loses_a_turn_or_has_one_too_many(
    make: MakeGate, redis_server: RedisServer
) -> None:
    one, other = await make("one"), await make("other")
    held, queue = [*await take_all(one, 2), await take(other)], Queue()
    for index, gate in enumerate((one, other, one, other)):
        await queue.add(gate, f"a{index}", "a", "first")
    redis_server.client.flushall()
    held.pop().release()
    await soon(lambda: counts(one, other) and lane_of(one).open == 2)
    await soon(lambda: shared(one)._in_line == 4)
    assert queue.turns == []
    assert await queue.all() == ["a0", "a1", "a2", "a3"]
    assert queue.most == 1


async def test_nothing_is_granted_before_others_can_have_told_what_they_hold(
    make: MakeGate, redis_server: RedisServer
) -> None:
    one, other = await make("one"), await make("other")
    held = await take_all(one)
    redis_server.end()
    await soon(lambda: away(one, other))
    held.append(await take(other))  # each host for itself
    redis_server.start()
    await soon(lambda: counts(other))
    queue = Queue()
    await queue.crowd(other, number=2)
    await soon(lambda: counts(one))
    await soon(lambda: lane_of(other).open == 4)
    for slot in held[:2]:
        slot.release()
    await queue.all()
    assert queue.most == 1


async def test_a_start_without_redis_is_no_hindrance(
    make: MakeGate, redis_server: RedisServer
) -> None:
    redis_server.end()
    one = await make()
    held = await take_all(one)
    assert problems(one)
    queue = Queue()
    await queue.crowd(one, number=3)
    redis_server.start()
    await soon(lambda: counts(one))
    held.pop().release()
    await queue.all()
    assert queue.most == 1


async def test_news_that_are_not_heard_are_looked_for(
    make: MakeGate, redis_server: RedisServer
) -> None:
    one, other = await make(), await make()
    held, queue = await take_all(one), Queue()
    await queue.add(other, "a")
    redis_server.client.client_kill_filter(_type="pubsub")
    held.pop().release()
    assert await queue.all() == ["a"]
