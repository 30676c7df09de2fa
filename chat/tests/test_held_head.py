"""The head of an answer goes out with what follows it."""

from typing import Any

import httpx
import pytest

from chat.tests.serving import Service
from chat.web.connection import hold_head


class Transport:
    """What is seen of uvicorn's."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed


class Cycle:
    def __init__(self) -> None:
        self.transport: Any = Transport()

    async def send(self, message: Any) -> None:
        self.transport.write(message)


async def test_it_goes_with_the_beginning_of_the_body() -> None:
    cycle = Cycle()
    transport = cycle.transport
    held = hold_head(cycle.send)
    for piece in (b"head,", b"body", b"more"):
        await cycle.send(piece)
    assert transport.written == [b"head,body", b"more"]
    assert cycle.transport is transport
    assert held
    assert held._head is None  # a stream may last
    held.release()
    assert transport.written == [b"head,body", b"more"]


async def test_it_goes_alone_where_nothing_follows() -> None:
    cycle = Cycle()
    transport = cycle.transport
    held = hold_head(cycle.send)
    await cycle.send(b"head")
    assert held
    held.release()
    await cycle.send(b"late")
    assert transport.written == [b"head", b"late"]


async def test_a_connection_that_is_closed_has_had_it() -> None:
    cycle = Cycle()
    transport = cycle.transport
    hold_head(cycle.send)
    await cycle.send(b"head")
    assert not cycle.transport.is_closing()
    cycle.transport.close()
    assert transport.written == [b"head"]
    assert transport.is_closed


async def test_nothing_is_held_where_no_transport_is_to_be_seen() -> None:
    async def send(message: Any) -> None: ...

    assert hold_head(send) is None


@pytest.mark.parametrize("stream", [True, False])
def test_answers_are_whole(service: Service, stream: bool) -> None:
    asked = {"messages": [{"role": "user", "content": "Hello"}], "stream": stream}
    answer = httpx.post(f"{service.url}/api/chat", json=asked, trust_env=False)
    assert answer.status_code == 200
    assert ('"[DONE]"' in answer.text) is stream
