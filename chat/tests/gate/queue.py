"""Those who wait for slots of several processes, and who had one when."""

import asyncio

from chat.gate.gate import Gate
from chat.gate.lane import Lane
from chat.gate.shared import SharedSlots
from chat.gate.slot import Slot
from chat.gate.waiter import Who
from chat.tests.gate.conftest import TARGET, soon


def lane_of(gate: Gate) -> Lane:
    return gate.lane(TARGET)


def shared(gate: Gate) -> SharedSlots:
    slots = lane_of(gate)._slots
    assert isinstance(slots, SharedSlots)
    return slots


async def take(gate: Gate, client: str = "", user: str = "", weight: float = 1) -> Slot:
    lane = lane_of(gate)
    return await lane.take(lane.make_waiter(Who(client, user, weight)), 10.0)


async def take_all(gate: Gate, number: int = 3) -> list[Slot]:
    return [await take(gate) for _ in range(number)]


def is_told(gate: Gate) -> bool:
    """Whether Redis knows all that is waited for and held there."""
    assert gate.messenger
    errand = gate.messenger._errand
    return not shared(gate).has_news and bool(errand and errand.done())


class Queue:
    """`turns` are the names of those that had a slot; each gave it back at once."""

    def __init__(self) -> None:
        self.turns: list[str] = []
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self.open = self.most = 0

    async def add(
        self, gate: Gate, name: str, client: str = "", user: str = "", weight: float = 1
    ) -> None:
        """Returns once it stands in line."""
        slots = shared(gate)
        before = slots.waiting
        wait = self._wait(gate, name, client, user, weight)
        self.tasks[name] = asyncio.create_task(wait)
        await soon(lambda: slots.waiting > before and is_told(gate))

    async def crowd(self, *gates: Gate, number: int) -> None:
        """Have so many of different clients wait at each, and return at once."""
        for index in range(number):
            for at, gate in enumerate(gates):
                name = f"{at}-{index}"
                wait = self._wait(gate, name, f"client-{index % 3}", f"{at}", 1)
                self.tasks[name] = asyncio.create_task(wait)
        await asyncio.sleep(0)

    async def all(self) -> list[str]:
        """Return who had a slot, in order, once everybody had."""
        await asyncio.gather(*self.tasks.values())
        return self.turns

    async def _wait(
        self, gate: Gate, name: str, client: str, user: str, weight: float
    ) -> None:
        slot = await take(gate, client, user, weight)
        self.open += 1
        self.most = max(self.most, self.open)
        self.turns.append(name)
        await asyncio.sleep(0.01)
        slot.begun()
        self.open -= 1
        slot.release()
