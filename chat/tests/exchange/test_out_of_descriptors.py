"""Without a file descriptor Z.AI cannot be reached, which is no fault of Z.AI's."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from chat.conversation import ChatRequest
from chat.exchange import descriptors
from chat.exchange.caller import Caller
from chat.exchange.exchange import Exchange
from chat.failures import AtCapacity
from chat.upstream import client

ASKED = ChatRequest([{"role": "user", "content": "Hello"}], "glm-4.6", stream=True)


@pytest.mark.usefixtures("zai")
async def test_it_is_the_services_fault_and_said_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    monkeypatch.setattr(descriptors, "_next_warning", 0.0)
    settings.ZAI_MAX_TRIES = 1
    client.client(settings.ZAI_API_KEY)  # it reads certificates
    for _ in range(2):
        exchange = Exchange(ASKED, "req_1", Caller())
        with pytest.raises(AtCapacity) as caught, no_descriptor_left():
            await exchange.open()
        await exchange.close()
        assert exchange.outcome
        assert (caught.value.status, caught.value.come_back_in) == (503, 5)
        assert exchange.outcome.whose == "service"
    await client.close()
    warnings = [one for one in caplog.records if one.levelname == "WARNING"]
    assert [one.name for one in warnings] == ["chat.exchange.descriptors"]


@contextmanager
def no_descriptor_left() -> Iterator[None]:
    """Forbid to open any more for as long as the block lasts."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.open(os.devnull, os.O_RDONLY)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
