"""The exchanges that are open in this process."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from chat.conversation import ChatRequest
from chat.exchange.caller import Caller
from chat.exchange.exchange import Exchange
from chat.exchange.register import open_exchanges
from chat.failures import AtCapacity

ASKED = ChatRequest([{"role": "user", "content": "Hello"}], "glm-4.6", True)


@pytest.fixture
async def both() -> AsyncIterator[tuple[Exchange, Exchange]]:
    exchanges = tuple(Exchange(ASKED, f"req_{n}", Caller()) for n in (1, 2))
    yield exchanges  # type: ignore[misc]
    for exchange in exchanges:
        await exchange.close()
    assert not open_exchanges


async def test_an_exchange_is_there_until_it_is_closed(both: Any) -> None:
    assert set(open_exchanges) == set(both)
    await both[0].close()
    await both[0].close()
    assert list(open_exchanges) == [both[1]]


async def test_there_are_no_more_than_may_be(both: Any, settings: Any) -> None:
    settings.CHAT_MAX_OPEN_EXCHANGES = 2
    with pytest.raises(AtCapacity):
        Exchange(ASKED, "req_3", Caller())
    assert len(open_exchanges) == 2


async def test_all_are_interrupted(both: Any) -> None:
    open_exchanges.interrupt_all()
    for exchange in both:
        await exchange.close()
        assert (exchange.outcome.ending, exchange.outcome.whose) == (
            "interrupted",
            "service",
        )


async def test_those_that_are_named_are_stopped(both: Any) -> None:
    open_exchanges.stop(["req_2", "req_unknown"])
    heard = both[1].loop.create_future()
    both[1].loop.call_soon(heard.set_result, None)
    await heard
    assert both[0].failure is None
    assert both[1].failure.code == "stopped"


async def test_progress_is_of_those_that_have_events(both: Any) -> None:
    both[0].seen.events = 7
    assert open_exchanges.progress() == [("req_1", 7, None)]
