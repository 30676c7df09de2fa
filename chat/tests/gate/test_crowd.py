"""A line that is full: whoever has fewer waiting takes the place of another's last."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from chat.failures import AtCapacity
from chat.gate.concurrency import Concurrency
from chat.gate.crowd import Crowd
from chat.gate.gate import Gate
from chat.gate.lane import Lane
from chat.gate.slot import Slot
from chat.gate.targets import Target
from chat.gate.waiter import Who
from chat.tests.gate.conftest import TARGET, soon
from chat.tests.gate.queue import Queue, shared, take, take_all

Take = asyncio.Task[Slot]


@pytest.fixture
async def narrow(settings: Any) -> AsyncIterator[Gate]:
    """Its one slot is taken, and four may wait."""
    settings.ZAI_CONCURRENCY = Concurrency(of_all=1)
    settings.CHAT_QUEUE_LENGTH = 4
    gate = Gate()
    lane = gate.lane(TARGET)
    held = await lane.take(lane.make_waiter(Who()), 1.0)
    yield gate
    held.release()
    await gate.close()


async def wait(lane: Lane, client: str, user: str = "", weight: float = 1.0) -> Take:
    """Return once it stands in line, or has been turned away."""
    waiter = lane.make_waiter(Who(client, user, weight))
    task = asyncio.create_task(lane.take(waiter, 10.0))
    await soon(lambda: waiter.is_waiting or task.done())
    await asyncio.sleep(0)
    return task


async def turned_away(tasks: list[Take]) -> list[int]:
    """Return which of them were, and end the others."""
    await asyncio.sleep(0)
    found = [number for number, task in enumerate(tasks) if task.done()]
    for task in tasks:
        task.cancel()
    ends = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(ends[number], AtCapacity) for number in found)
    return found


async def test_one_client_does_not_fill_the_line_for_all(narrow: Gate) -> None:
    lane = narrow.lane(TARGET)
    tasks = [await wait(lane, "large") for _ in range(5)]
    assert tasks[4].done()  # it was full, of its own
    tasks += [await wait(lane, "small") for _ in range(3)]
    # Two and two wait in the end, and of each those who came first.
    assert await turned_away(tasks) == [2, 3, 4, 7]
    assert not len(narrow.crowd)


async def test_within_a_client_no_user_does(narrow: Gate) -> None:
    lane = narrow.lane(TARGET)
    tasks = [await wait(lane, "site", "large") for _ in range(4)]
    tasks += [await wait(lane, "site", "small") for _ in range(3)]
    assert await turned_away(tasks) == [2, 3, 6]


async def test_a_client_of_some_weight_has_as_many_more_places(narrow: Gate) -> None:
    lane = narrow.lane(TARGET)
    tasks = [await wait(lane, "heavy", weight=3.0) for _ in range(4)]
    tasks += [await wait(lane, "light") for _ in range(2)]
    assert await turned_away(tasks) == [3, 5]


async def test_who_waits_for_another_model_makes_room_too(narrow: Gate) -> None:
    lane = narrow.lane(TARGET)
    other = narrow.lane(Target(TARGET.key, "glm-4.5"))
    held = await other.take(other.make_waiter(Who()), 1.0)
    tasks = [await wait(other, "large") for _ in range(4)]
    tasks += [await wait(lane, "small")]
    assert await turned_away(tasks) == [3]
    held.release()


async def test_one_that_zai_refused_makes_room_for_nobody(narrow: Gate) -> None:
    lane, tasks = narrow.lane(TARGET), []
    soon_due = asyncio.get_running_loop().time() + 5.0
    for _ in range(4):
        waiter = lane.make_waiter(Who("large"))
        tasks.append(asyncio.create_task(lane.take(waiter, 10.0, soon_due)))
    await soon(lambda: lane.waiting == 4)
    tasks.append(await wait(lane, "small"))
    assert await turned_away(tasks) == [4]


async def test_with_one_line_of_all_processes(
    two: tuple[Gate, Gate], settings: Any
) -> None:
    one, other = two
    settings.CHAT_QUEUE_LENGTH = 2
    held, queue = await take_all(one), Queue()
    await queue.add(one, "first", "large")
    await queue.add(one, "second", "large")
    queue.tasks["third"] = asyncio.create_task(
        queue._wait(one, "third", "small", "", 1)
    )
    with pytest.raises(AtCapacity):
        await queue.tasks.pop("second")
    with pytest.raises(AtCapacity):  # nobody waits there who could make room
        await take(other, "small")
    assert shared(one).waiting == 2
    held[0].release()
    assert await queue.all() == ["first", "third"]


def test_nothing_is_kept_of_who_has_left() -> None:
    crowd = Crowd()
    assert not crowd.make_room(Who("a"))
    assert not len(crowd)
