import asyncio
from typing import Any

from django.core.signals import request_started

from chat.exchange.turns import MOST_IN_A_ROUND, Turns
from chat.web.handler import Handler


async def rounds_of(turns: Turns, callers: int) -> list[int]:
    """Return how many of `callers` got through in each round of the loop."""
    passed = 0

    async def come() -> None:
        nonlocal passed
        await turns.take()
        passed += 1

    async with asyncio.TaskGroup() as group:
        for _ in range(callers):
            group.create_task(come())
        rounds, before = [], 0
        while before < callers:
            await asyncio.sleep(0)
            rounds.append(passed - before)
            before = passed
    return rounds


async def test_a_crowd_is_let_through_a_few_at_a_time() -> None:
    rounds = await rounds_of(Turns(most=5), 103)
    assert max(rounds) <= 10  # those of a round, and those that it woke
    assert sum(rounds) == 103


async def test_a_few_do_not_wait() -> None:
    turns = Turns(most=5)
    for _ in range(3):
        assert await rounds_of(turns, 4) == [4]
        await asyncio.sleep(0)
        await asyncio.sleep(0)


async def test_who_leaves_takes_nobodys_turn() -> None:
    turns = Turns(most=1)
    await turns.take()
    leaving = [asyncio.create_task(turns.take()) for _ in range(50)]
    staying = asyncio.create_task(turns.take())
    await asyncio.sleep(0)
    for task in leaving:
        task.cancel()
    for _ in range(5):
        await asyncio.sleep(0)
    assert staying.done()


async def test_who_has_begun_goes_before_those_who_come() -> None:
    turns, passed = Turns(most=1), []

    async def come(name: str, has_begun: bool) -> None:
        await turns.take(has_begun=has_begun)
        passed.append(name)

    await turns.take()
    async with asyncio.TaskGroup() as group:
        for name in "abc":
            group.create_task(come(name, has_begun=False))
        group.create_task(come("begun", has_begun=True))
    assert passed.index("begun") <= 1  # who comes as a round begins has its turn


def test_another_loop_begins_anew() -> None:
    turns = Turns(most=2)
    for _ in range(2):
        assert sum(asyncio.run(rounds_of(turns, 9))) == 9


def head_of(method: str, path: str) -> dict[str, Any]:
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1")],
        "client": ("127.0.0.1", 50_000),
    }


async def test_requests_are_begun_a_few_at_a_time_and_health_at_once(
    settings: Any,
) -> None:
    """Before anything of a request is looked at, for a crowd comes in one round."""
    settings.CHAT_REQUEST_LOG = False
    handler, rounds = Handler(), [0]

    def count(**_: Any) -> None:
        rounds[-1] += 1

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0)
        return {"type": "http.request"}

    answered: list[str] = []

    async def ask(method: str, path: str) -> None:
        async def send(message: dict[str, Any]) -> None:
            pass

        await handler(head_of(method, path), receive, send)
        answered.append(path)

    request_started.connect(count)
    try:
        crowd = [asyncio.create_task(ask("POST", "/api/chat")) for _ in range(200)]
        health = asyncio.create_task(ask("GET", "/health/live"))
        while not health.done():
            await asyncio.sleep(0)
            rounds.append(0)
        most = max(rounds)
        assert answered.count("/api/chat") < 100
        await asyncio.gather(*crowd)
    finally:
        request_started.disconnect(count)
    assert 0 < most <= 2 * MOST_IN_A_ROUND + 1
