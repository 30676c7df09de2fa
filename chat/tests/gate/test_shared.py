"""One line and one limit for all processes, in Redis."""

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from chat.failures import AtCapacity, Failure, GateShut, QueueTimeout
from chat.gate.closing import may_try
from chat.gate.gate import Gate
from chat.gate.state import State
from chat.gate.waiter import Who
from chat.tests.gate.conftest import MakeGate, soon
from chat.tests.gate.queue import Queue, lane_of, shared, take, take_all
from chat.upstream.errors import make_body_failure


def fault(code: str) -> Failure:
    return make_body_failure(b'{"error": {"code": "%s"}}' % code.encode())


def open_in(gate: Gate) -> int:
    return lane_of(gate).open


async def test_there_are_as_many_as_the_limit(two: tuple[Gate, Gate]) -> None:
    one, other = two
    held = [*await take_all(one, 2), *await take_all(other, 1)]
    queue = Queue()
    await queue.add(other, "late")
    assert queue.turns == [] and open_in(one) <= 3 == open_in(other)
    held[0].release()
    assert await queue.all() == ["late"]


async def test_turns_go_round_clients_and_users_of_all(two: tuple[Gate, Gate]) -> None:
    one, other = two
    held, queue = await take_all(one), Queue()
    for index, gate in enumerate((one, other, one, other)):
        await queue.add(gate, f"a{index}", "a", "first")
    await queue.add(one, "b0", "b")
    await queue.add(other, "a-second", "a", "second")
    await queue.add(other, "b1", "b")
    held[0].release()
    assert await queue.all() == ["a0", "b0", "a-second", "b1", "a1", "a2", "a3"]


async def test_a_client_of_weight_has_more_turns(two: tuple[Gate, Gate]) -> None:
    one, other = two
    held, queue = await take_all(one), Queue()
    for index in range(4):
        await queue.add(one, f"light{index}", "light")
    for index in range(4):
        await queue.add(other, f"heavy{index}", "heavy", weight=3)
    held[0].release()
    turns = await queue.all()
    assert set(turns[:5]) >= {"heavy0", "heavy1", "heavy2"}
    assert turns.index("heavy3") < turns.index("light3")


async def test_who_leaves_is_out_of_it(two: tuple[Gate, Gate]) -> None:
    one, other = two
    held, queue = await take_all(one), Queue()
    for name in ("a", "b", "c"):
        await queue.add(other, name)
    queue.tasks.pop("a").cancel()
    queue.tasks.pop("b").cancel()
    held[0].release()  # at the same time
    assert await queue.all() == ["c"]
    for slot in held[1:]:
        slot.release()
    await soon(lambda: not open_in(one))
    assert len(await take_all(other)) == 3


async def test_who_waits_too_long_is_told(two: tuple[Gate, Gate]) -> None:
    one, other = two
    held, lane = await take_all(one), lane_of(other)
    with pytest.raises(QueueTimeout):
        await lane.take(lane.make_waiter(Who()), 0.05)
    held[0].release()
    assert await take(other)


async def test_the_line_of_all_is_bounded(
    two: tuple[Gate, Gate], settings: Any
) -> None:
    one, other = two
    held, queue = await take_all(one), Queue()
    settings.CHAT_QUEUE_LENGTH = 2
    await queue.add(one, "a")
    await queue.add(other, "b")
    for gate in two:
        with pytest.raises(AtCapacity):
            await take(gate)
    queue.tasks.pop("a").cancel()
    await soon(lambda: not shared(one).waiting and not shared(one).has_news)
    await queue.add(other, "c")
    held[0].release()
    await queue.all()
    assert await take(one)


async def test_the_line_of_a_process_is_bounded(
    two: tuple[Gate, Gate], settings: Any
) -> None:
    one, other = two
    settings.CHAT_QUEUE_LENGTH = 1
    lane = lane_of(other)
    other.crowd.add(lane.make_waiter(Who()), lane)  # who waits for another model
    slots = await take_all(other)  # and who need not wait does not
    with pytest.raises(AtCapacity):
        await take(other)
    queue = Queue()
    await queue.add(one, "waits")
    slots[0].release()
    await queue.all()


async def test_one_that_was_refused_is_the_first_once_it_is_due(
    two: tuple[Gate, Gate],
) -> None:
    one, other = two
    held, queue, lane = await take_all(one), Queue(), lane_of(other)
    waiter = lane.make_waiter(Who())
    slot = held.pop()
    await queue.add(one, "a")
    slot.failed(fault("1302"))  # and there are no more than two from now on
    await soon(lambda: lane.limit == 2)
    due = asyncio.get_running_loop().time() + 0.1
    again = asyncio.create_task(lane.take(waiter, 10.0, due))
    await soon(lambda: shared(one)._in_line == 2 or shared(other)._in_line == 2)
    await soon(lambda: asyncio.get_running_loop().time() > due + 0.05)
    held.pop().release()
    slot = await again
    assert queue.turns == []
    slot.release()
    assert await queue.all() == ["a"]


async def test_where_it_stands_is_known_among_all(
    two: tuple[Gate, Gate], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two
    monkeypatch.setattr("chat.gate.shared.SECONDS_BETWEEN_LOOKS", 0.1)
    monkeypatch.setattr("chat.gate.lane.SECONDS_BETWEEN_COUNTS", 0.0)
    held, queue = await take_all(one), Queue()
    for index in range(3):
        await queue.add(one, f"a{index}", "a")
    for index in range(2):
        await queue.add(other, f"b{index}", "b")

    def places(gate: Gate) -> list[int]:
        lane = lane_of(gate)
        found = [lane.place_of(waiter) for waiter in lane._waiting]
        return [place.position for place in found if place]

    await soon(lambda: places(other) == [2, 4])
    await soon(lambda: places(one) == [1, 3, 5])
    held[0].release()
    await queue.all()


async def test_what_one_learns_all_know(two: tuple[Gate, Gate]) -> None:
    one, other = two
    slots = await take_all(one)
    slots[0].failed(fault("1302"))
    await soon(lambda: lane_of(other).limit == 2)
    slots[1].release()
    await soon(lambda: open_in(one) == 1)
    await asyncio.gather(*(take_and_learn(gate) for gate in two * 5))
    assert shared(one).read().learned.limit == 2


async def take_and_learn(gate: Gate) -> None:
    slot = await take(gate)
    slot.begun()
    slot.release()


@pytest.mark.parametrize("code", ["1308", "1113"])
async def test_it_is_shut_for_all_and_one_finds_out(
    two: tuple[Gate, Gate], code: str
) -> None:
    one, other = two
    slots, queue = await take_all(one), Queue()
    await queue.add(other, "a")
    slots[0].failed(fault(code))
    with pytest.raises(GateShut):
        await queue.all()
    for slot in slots[1:]:
        slot.release()
    await soon(lambda: open_in(one) == 0)
    with pytest.raises(GateShut):
        await take(other)

    shared(one).change(let_one_try)
    await soon(lambda: may_try(lane_of(other).state))
    takes = [take(gate) for gate in two * 5]
    found = await asyncio.gather(*takes, return_exceptions=True)
    [slot] = [each for each in found if not isinstance(each, BaseException)]
    assert {type(each) for each in found if each is not slot} == {GateShut}
    slot.begun()
    await soon(lambda: not lane_of(other).state.closure)
    assert await take(other)


def let_one_try(state: State) -> State:
    assert state.closure
    return replace(state, closure=replace(state.closure, next_try=0.0))


async def test_slots_are_free_at_once_where_a_process_ends(make: MakeGate) -> None:
    one, other = await make("one"), await make("other")
    await take_all(one)
    queue = Queue()
    await queue.add(other, "a")
    await one.close()
    assert await queue.all() == ["a"]


async def test_what_was_learned_outlives_all(make: MakeGate) -> None:
    one = await make("one")
    slots = await take_all(one)
    slots[0].failed(fault("1302"))
    await soon(lambda: not shared(one).has_news)
    await one.close()
    assert lane_of(await make("other")).limit == 2
    assert lane_of(await make("one")).limit == 2


async def test_a_crowd_at_two_is_served_and_never_above_the_limit(
    two: tuple[Gate, Gate],
) -> None:
    queue = Queue()
    await queue.crowd(*two, number=60)
    assert len(await queue.all()) == 120
    assert queue.most == 3
