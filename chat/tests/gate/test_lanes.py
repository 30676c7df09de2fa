"""Lanes of models that callers think up: few are kept, and nothing is forgotten."""

from contextlib import suppress

import pytest

from chat.conversation import ChatRequest
from chat.ending import Whose
from chat.failures import GateShut, UpstreamRejected
from chat.gate.gate import MOST_IDLE_LANES, Gate
from chat.gate.lane import Lane
from chat.gate.targets import Target, targets_of
from chat.gate.waiter import Who

ASKED = ChatRequest([{"role": "user", "content": "Hello"}], "glm-4.6", stream=True)


async def refused(lane: Lane) -> None:
    """Ask, and be told that the account has no balance."""
    slot = await lane.take(lane.make_waiter(Who()), 1.0)
    failure = UpstreamRejected("No balance.", status=502, code="1113")
    failure.whose, failure.for_operator = Whose.ACCOUNT, True
    slot.failed(failure)


async def test_lanes_that_are_shut_do_not_grow_without_a_bound() -> None:
    gate = Gate()
    [target] = targets_of(ASKED, None)
    first = gate.lane(target)
    await refused(first)
    for number in range(2 * MOST_IDLE_LANES):
        with suppress(GateShut):  # a few of them share a file
            await refused(gate.lane(Target(target.key, f"no-such-model-{number}")))
    assert len(gate.lanes()) <= MOST_IDLE_LANES + 1
    again = gate.lane(target)
    assert again is not first
    with pytest.raises(GateShut):  # for that is in the file
        await again.take(again.make_waiter(Who()), 1.0)
    await gate.close()
