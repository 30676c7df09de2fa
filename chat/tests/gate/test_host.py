"""Slots that the processes of a host share."""

import asyncio
import math
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from chat.gate.crowd import Crowd
from chat.gate.lane import Lane
from chat.gate.learning import Learned
from chat.gate.rounds import Flow
from chat.gate.slot import Slot
from chat.gate.state import OwnSlots, Slots, State
from chat.gate.table import POINTS, Row
from chat.gate.waiter import Waiter, Who

if sys.platform != "linux":
    pytest.skip("Linux alone has such locks", allow_module_level=True)

from chat.gate.host import MUTEX, HostSlots

FIRST = State(Learned())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "000.slots"


@pytest.fixture
def two(path: Path) -> Iterator[tuple[HostSlots, HostSlots]]:
    one, other = HostSlots(path, FIRST), HostSlots(path, FIRST)
    yield one, other
    for slots in (one, other):
        for number in list(slots._taken):
            slots.give_back(number)
        slots.close()


def take_all(slots: Slots, limit: int) -> list[int]:
    taken = []
    while (number := slots.take(limit)) is not None:
        taken.append(number)
    return taken


@pytest.mark.parametrize("kind", ["own", "host"])
def test_there_are_as_many_as_the_limit(kind: str, path: Path) -> None:
    slots: Slots = OwnSlots(FIRST) if kind == "own" else HostSlots(path, FIRST)
    taken = take_all(slots, 3)
    assert len(set(taken)) == 3 == slots.count()
    slots.give_back(taken[1])
    assert slots.take(3) == taken[1]
    assert slots.take(2) is None
    for number in taken:
        slots.give_back(number)
    assert slots.count() == 0
    slots.close()


def test_two_share_them(two: tuple[HostSlots, HostSlots]) -> None:
    one, other = two
    assert len(take_all(one, 2)) == 2
    assert len(take_all(other, 5)) == 3
    assert one.take(5) is None and one.count() == 5 == other.count()


def test_those_above_a_limit_that_fell_count(
    two: tuple[HostSlots, HostSlots],
) -> None:
    one, other = two
    taken = take_all(one, 8)
    for number in taken[:4]:
        one.give_back(number)  # the upper four of eight go on
    assert other.take(5) == 0
    assert other.take(5) is None


def test_what_one_learns_all_know_and_it_outlives_them(
    two: tuple[HostSlots, HostSlots], path: Path
) -> None:
    one, other = two
    one.change(lambda state: replace(state, learned=Learned(limit=7)))
    other.change(lambda state: replace(state, hold=2.5))
    assert one.read() == State(Learned(limit=7), hold=2.5) == other.read()
    later = HostSlots(path, FIRST)
    assert later.read().learned.limit == 7
    later.close()


def test_a_file_of_rubbish_is_a_file_of_nothing(path: Path) -> None:
    path.write_bytes(b"\xff" * 9000)
    slots = HostSlots(path, FIRST)
    assert slots.read() == FIRST
    slots.change(lambda state: replace(state, ailing=1))
    assert slots.read().ailing == 1
    slots.close()


def test_nobody_waits_for_one_who_sleeps_in_the_middle_of_it(
    two: tuple[HostSlots, HostSlots],
) -> None:
    one, other = two
    assert one._lock(MUTEX)
    assert other.change(lambda state: replace(state, ailing=1)).ailing == 0
    one._unlock(MUTEX)
    assert other.change(lambda state: replace(state, ailing=1)).ailing == 1


def test_who_comes_goes_behind_those_who_wait_elsewhere(
    two: tuple[HostSlots, HostSlots],
) -> None:
    one, other = two
    [number] = take_all(one, 1)
    other.tell_waiting(some(1))
    assert [row.waiting for row in one.others()] == [1] and not other.others()
    one.give_back(number)
    assert one.take(1) is None
    assert other.take(1, has_turn=True) is not None


def test_a_turn_that_nobody_takes_is_anothers(
    two: tuple[HostSlots, HostSlots], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.gate.host.SECONDS_OF_COURTESY", 0.0)
    one, other = two
    [number] = take_all(one, 1)
    other.tell_waiting(some(1))
    one.give_back(number)
    assert one.take(1) is not None


async def test_turns_are_those_of_all_processes(path: Path) -> None:
    """The same order, and the same places, as if all waited in one."""
    queue = HostQueue(path)
    for name, process, client, user in [
        *((f"a{number}", 0, "A", "one") for number in range(4)),
        ("a4", 1, "A", "one"),
        ("a5", 0, "A", "one"),
        ("a-two", 1, "A", "two"),
        ("b0", 1, "B", ""),
        ("b1", 0, "B", ""),
        ("c0", 2, "C", ""),
    ]:
        await queue.add(name, process, client, user)
    expected = "a0 b0 c0 a-two b1 a1 a2 a3 a4 a5"
    queue.look()
    assert queue.places() == expected
    assert await queue.all() == expected


async def test_who_comes_to_a_short_line_does_not_overtake_a_long_one(
    path: Path,
) -> None:
    queue = HostQueue(path)
    names = []
    for number in range(40):
        names.append(f"long-{number}")
        await queue.add(names[-1], 0)
    for number in range(3):
        names.append(f"short-{number}")
        await queue.add(names[-1], 1)
    assert await queue.all() == " ".join(names)


class HostQueue:
    """Those who wait in three processes for the one slot of a host, by their names."""

    def __init__(self, path: Path) -> None:
        crowd = Crowd()
        self.lanes = [
            Lane("glm-4.6", HostSlots(path, FIRST), crowd, 1) for _ in range(3)
        ]
        self._names: dict[Waiter, tuple[str, Lane]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._turns: list[str] = []
        self._slot: Slot | None = None

    async def add(
        self, name: str, process: int, client: str = "", user: str = ""
    ) -> None:
        lane = self.lanes[process]
        if self._slot is None:
            self._slot = await lane.take(lane.make_waiter(Who()), 10.0)
        waiter = lane.make_waiter(Who(client, user))
        self._names[waiter] = name, lane
        self._tasks.append(asyncio.create_task(self._wait(lane, waiter)))
        await asyncio.sleep(0)  # once, and it stands in line
        assert waiter.is_waiting

    def look(self) -> None:
        """Have each process see who waits in the others."""
        for lane in self.lanes:
            lane.look()

    def places(self) -> str:
        """Return the names in the order of the places they are told."""
        for lane in self.lanes:
            lane._counted_at = -math.inf
        found = {}
        for waiter, (name, lane) in self._names.items():
            place = lane.place_of(waiter)
            assert place
            found[place.position] = name
        return " ".join(found[place] for place in range(1, len(self._names) + 1))

    async def all(self) -> str:
        """Return the names in the order of their turns, once all had one."""
        assert self._slot
        self._slot.release()
        await asyncio.gather(*self._tasks)
        for lane in self.lanes:
            lane.close()
        return " ".join(self._turns)

    async def _wait(self, lane: Lane, waiter: Waiter) -> None:
        slot = await lane.take(waiter, 30.0)
        self._turns.append(self._names[waiter][0])
        slot.release()


def some(number: int) -> Row:
    return Row(number, False, [Flow(1, 1, 1.0, number, 0.0, (0.0,) * POINTS)], number)


async def test_how_long_slots_are_held_all_learn_together(path: Path) -> None:
    lanes = [Lane("glm-4.6", HostSlots(path, FIRST), Crowd(), None) for _ in range(3)]
    for lane, held in zip(lanes, (1.0, 2.0, 6.0), strict=True):
        [slot] = await begin(lane, 1)
        slot.taken_at -= held
        slot.release()
    assert lanes[0].state.hold == pytest.approx(3.0, abs=0.1)
    for lane in lanes:
        lane.close()


async def test_what_two_have_begun_together_is_a_round(path: Path) -> None:
    """Also where one has just come, and the other has yet to see it."""
    first, crowd = HostSlots(path, FIRST), Crowd()
    mine = [Lane("glm-4.6", first, crowd, None)]
    slots = await begin(mine[0], 1)
    mine.append(Lane("glm-4.6", HostSlots(path, FIRST), crowd, None))
    slots += await begin(mine[1], 1) + await begin(mine[0], 2)
    assert {lane.limit for lane in mine} == {8}
    slots += await begin(mine[0], 4)
    assert {lane.limit for lane in mine} == {16}
    for slot in slots:
        slot.release()
    for lane in mine:
        lane.close()


async def begin(lane: Lane, number: int) -> list[Slot]:
    """Ask so often at once; Z.AI begins all the answers."""
    waiters = [lane.make_waiter(Who()) for _ in range(number)]
    slots = [await lane.take(waiter, 0.0) for waiter in waiters]
    for slot in slots:
        slot.begun()
    return slots


def _hold_two(path: Path, told: "multiprocessing.connection.Connection") -> None:
    slots = HostSlots(path, FIRST)
    slots.tell_waiting(some(3))
    told.send([slots.take(4), slots.take(4)])
    signal.pause()


def test_the_slots_of_a_killed_process_are_free(path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe()
    process = context.Process(target=_hold_two, args=(path, theirs))
    process.start()
    try:
        mine.recv()
        slots = HostSlots(path, FIRST)
        assert slots.count() == 2
        os.kill(process.pid or 0, signal.SIGKILL)
    finally:
        process.kill()
        process.join()
    assert slots.count() == 0
    assert len(take_all(slots, 4)) == 4  # and nobody waits for its turn
    for number in range(4):
        slots.give_back(number)
    slots.close()
