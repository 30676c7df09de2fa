import asyncio

from chat.exchange.turns import Turns


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


def test_another_loop_begins_anew() -> None:
    turns = Turns(most=2)
    for _ in range(2):
        assert sum(asyncio.run(rounds_of(turns, 9))) == 9
