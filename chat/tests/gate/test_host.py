"""Slots that the processes of a host share."""

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
from chat.gate.slot import Slot
from chat.gate.state import OwnSlots, Slots, State
from chat.gate.waiter import Who

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


def test_turns_go_round_processes(two: tuple[HostSlots, HostSlots]) -> None:
    one, other = two
    [number] = take_all(one, 1)
    one.tell_waiting(5)
    other.tell_waiting(1)
    assert one.waiting_elsewhere() == [1] and other.waiting_elsewhere() == [5]
    one.give_back(number)
    assert one.take(1) is None  # it has just had a turn
    assert other.take(1) is not None


def test_a_process_has_a_turn_for_each_client_that_waits_in_it(
    two: tuple[HostSlots, HostSlots],
) -> None:
    one, other = two
    one.tell_waiting(5, turns=2)
    other.tell_waiting(5)
    had: list[HostSlots] = []
    for _ in range(9):
        slots = one if (number := one.take(1)) is not None else other
        number = other.take(1) if number is None else number
        assert number is not None
        had.append(slots)
        slots.give_back(number)
    assert had.count(one) == 2 * had.count(other)


def test_a_turn_that_nobody_takes_is_anothers(
    two: tuple[HostSlots, HostSlots], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.gate.host.SECONDS_OF_COURTESY", 0.0)
    one, other = two
    [number] = take_all(one, 1)
    other.tell_waiting(1)
    one.give_back(number)
    assert one.take(1) is not None


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
    slots.tell_waiting(3)
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
