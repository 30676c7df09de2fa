"""Lanes of models that callers think up: few are kept, and nothing is forgotten."""

import asyncio
from contextlib import suppress
from typing import Any

import msgspec
import pytest

from chat.conversation import ChatRequest
from chat.ending import Whose
from chat.failures import GateShut, UpstreamRejected
from chat.gate.asking import Asking
from chat.gate.gate import MOST_IDLE_LANES, Gate, close, gate
from chat.gate.lane import Lane
from chat.gate.targets import Target, targets_of
from chat.gate.waiter import Who
from chat.observation import Observation
from chat.tests.gate.conftest import soon
from chat.tests.scripted_zai import answering, scripted
from chat.tests.serving import point_at
from chat.upstream.attempts import Attempts
from chat.upstream.client import close as close_clients

BUSY = answering(b"{}", status="503 Busy\r\nRetry-After: 1", kind="application/json")
COMPLETION = {"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}
WHOLE = answering(msgspec.json.encode(COMPLETION), kind="application/json")
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


async def test_a_lane_that_somebody_comes_back_to_is_not_dropped(
    settings: Any,
) -> None:
    """Between two tries nobody is in it."""
    bodies: list[bytes] = []
    with scripted(BUSY, WHOLE, bodies=bodies) as base_url:
        point_at(settings, base_url)
        asking = asyncio.create_task(complete(ASKED))
        await soon(lambda: bodies)
        for number in range(2 * MOST_IDLE_LANES):
            gate().lane(Target(settings.ZAI_API_KEY, f"no-such-model-{number}"))
        assert "Hi" in await asking
    await close()
    await close_clients()


async def complete(asked: ChatRequest) -> str:
    asking = Asking(asked, "req_1", Who(), Attempts(Observation()))
    whole, _ = await asking.complete()
    asking.over()
    return whole.decode()
