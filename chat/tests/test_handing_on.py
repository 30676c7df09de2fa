"""Events that go on without the task that reads them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from chat.event import Batch
from chat.exchange.deadline import Deadline
from chat.exchange.source import END, Source
from chat.failures import UpstreamFailed
from chat.observation import Observation
from chat.protocols.native import NativeWriter
from chat.tests.e2e.raw_caller import RawCaller
from chat.tests.frames import DONE, frames, text_of
from chat.tests.scripted_zai import answering, scripted
from chat.tests.serving import Service, point_at, service_for
from chat.tests.test_broken_answers import chunk, event
from chat.tests.test_pieces import END as END_OF_BODY
from chat.tests.test_pieces import HEAD, answered
from chat.tests.test_source import OpenGate
from chat.tests.waiting import SECONDS
from chat.upstream.answer import Answer
from chat.web.connection import MANY_BYTES, Direct, find_direct

PING = b": keep-alive\n\n"
FINISHED = event("last").replace(b'"delta"', b'"finish_reason":"stop","delta"')


class Spoken:
    """An answer of a server that says what it is told, and waits until it was read."""

    def __init__(self, answer: Answer, say: Callable[[bytes], None]) -> None:
        self.answer = answer
        self.taken: list[bytes] = []
        self.may_take = True
        self.goes_on = True
        self._say = say

    def take(self, batch: Batch) -> bool:
        self.taken += batch.payloads
        return self.goes_on

    async def say(self, *events: bytes, end: bytes = b"") -> None:
        """Say them in one piece; return once they have come."""
        body = self.answer._body
        before = body.total_bytes
        said = b"".join(map(chunk, events))
        self._say(said + end)
        size = sum(map(len, events))
        await until(lambda: body.total_bytes >= before + size and not body._size)


@asynccontextmanager
async def spoken() -> AsyncIterator[Spoken]:
    """Yield an answer of which the first event was read."""
    writers: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()

    async def begin(writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + chunk(event("first")))
        writers.put_nowait(writer)

    async with answered(begin) as response:
        answer = Answer(response, "glm-4.6")
        assert texts_of((await read(answer)).payloads) == ["first"]
        writer = await writers.get()
        found = Spoken(answer, writer.write)
        answer.hand_on(lambda: found.may_take, found.take)
        yield found
        await answer.aclose()


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not is_so():  # noqa: ASYNC110 (nothing tells)
            await asyncio.sleep(0.005)


async def read(answer: Answer) -> Batch:
    async with asyncio.timeout(SECONDS):
        batch = await answer.read()
    assert batch is not None
    return batch


def texts_of(payloads: list[bytes]) -> list[str]:
    return [text_of(b"data: " + one + b"\n\n") for one in payloads]


async def test_what_comes_while_somebody_reads_wakes_nobody() -> None:
    async with spoken() as it:
        reading = asyncio.create_task(it.answer.read())
        await asyncio.sleep(0)
        await it.say(event("a"))
        await it.say(event("b"), event("c"))
        assert texts_of(it.taken) == ["a", "b", "c"]
        assert not reading.done()
        it.goes_on = False
        await it.say(event("d"))
        assert await reading == Batch()  # taken already
        assert texts_of(it.taken)[-1] == "d"


async def test_what_may_not_be_taken_is_read_and_all_is_in_order() -> None:
    async with spoken() as it:
        texts = []
        for number in range(20):
            it.may_take = number % 3 != 0
            reading = asyncio.create_task(it.answer.read())
            await asyncio.sleep(0)
            before = len(it.taken)
            await it.say(event(str(number)))
            texts += texts_of(it.taken[before:])
            if not it.may_take:
                batch = await reading
                assert batch
                texts += texts_of(batch.payloads)
            else:
                assert not reading.done()
                reading.cancel()
                await asyncio.wait({reading})
        assert texts == [str(number) for number in range(20)]


async def test_what_comes_while_nobody_reads_is_there_next_time() -> None:
    async with spoken() as it:
        it._say(chunk(event("a")))
        it._say(chunk(event("b")))
        body = it.answer._body
        await until(lambda: len(body._buffer) == 2)
        assert texts_of((await read(it.answer)).payloads) == ["a", "b"]
        assert it.taken == []


async def test_an_event_in_two_pieces_is_handed_on_once_it_is_whole() -> None:
    async with spoken() as it:
        reading = asyncio.create_task(it.answer.read())
        await asyncio.sleep(0)
        said = event("a")
        await it.say(said[:20])
        assert it.taken == []
        await it.say(said[20:])
        assert texts_of(it.taken) == ["a"]
        assert not reading.done()
        reading.cancel()
        await asyncio.wait({reading})


async def test_much_at_once_is_read_in_turns() -> None:
    """Everybody else has a turn between the pieces."""
    async with spoken() as it:

        async def read_on() -> None:
            while batch := await it.answer.read():
                it.taken += batch.payloads

        reading = asyncio.create_task(read_on())
        await asyncio.sleep(0)
        many = [event(f"{number:0100}") for number in range(1000)]
        it._say(b"".join(map(chunk, many)))
        await until(lambda: len(it.taken) == 1000)
        assert texts_of(it.taken) == [f"{number:0100}" for number in range(1000)]
        assert not reading.done()
        reading.cancel()
        await asyncio.wait({reading})


async def test_the_end_is_told_to_who_reads_and_the_connection_serves_the_next() -> (
    None
):
    async with spoken() as it:
        connection = it.answer._response.connection
        assert connection
        protocol: Any = connection.protocol
        reading = asyncio.create_task(it.answer.read())
        await asyncio.sleep(0)
        assert protocol.came
        await it.say(event("a"), b"data: [DONE]\n\n", end=END_OF_BODY)
        batch = await reading
        assert texts_of(it.taken + batch.payloads) == ["a"]  # type: ignore[union-attr]
        assert it.answer.is_done
        assert await it.answer.read() is None
        assert protocol.came is None


async def test_a_fault_in_what_takes_is_told_to_who_reads() -> None:
    async with spoken() as it:

        def fail(batch: Batch) -> bool:
            raise ValueError("A fault.")

        it.answer.hand_on(lambda: True, fail)
        reading = asyncio.create_task(it.answer.read())
        await asyncio.sleep(0)
        await it.say(event("a"))
        with pytest.raises(ValueError, match="A fault"):
            await reading


@pytest.mark.parametrize("last", [b"data: [DONE]\n\n", b"data: {nonsense\n\n"])
async def test_nothing_that_follows_the_last_is_returned(last: bytes) -> None:
    """Not even what comes before the task runs that was woken by it."""
    async with spoken() as it:
        connection = it.answer._response.connection
        assert connection
        protocol: Any = connection.protocol
        reading = asyncio.create_task(it.answer.read())
        await asyncio.sleep(0)
        protocol.data_received(chunk(last))
        protocol.data_received(chunk(event("late")))
        assert await reading == Batch()
        if it.answer.is_done:
            assert await it.answer.read() is None
        else:
            with pytest.raises(UpstreamFailed):
                await it.answer.read()
        assert it.taken == []


async def test_a_source_goes_on_until_the_last_event() -> None:
    async with spoken() as it:

        async def ask() -> tuple[Answer, Batch]:
            return it.answer, first

        first = Batch()
        it.may_take = False
        it._say(chunk(event("a")))
        first = await read(it.answer)
        seen, deadline, taken = Observation(), Deadline(), list[bytes]()

        def take(batch: Batch) -> None:
            taken.extend(batch.payloads)

        source = Source(ask(), OpenGate(), seen, deadline, silence=60)
        assert await source.read() is first
        source.hand_on(lambda: True, take)
        reading = asyncio.create_task(source.read())
        await asyncio.sleep(0)
        await it.say(event("b"))
        await it.say(FINISHED)
        await it.say(b"data: [DONE]\n\n", end=END_OF_BODY)
        assert await asyncio.wait_for(reading, SECONDS) is END
        assert texts_of(taken) == ["b", "last"]
        assert (seen.events, seen.is_done, seen.finish_reason) == (3, True, "stop")
        await source.close()
        deadline.close()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What goes out past the task of a request."""
    found: list[bytes] = []
    send = Direct.send

    def noted(self: Direct, body: bytes) -> None:
        found.append(body)
        send(self, body)

    monkeypatch.setattr(Direct, "send", noted)
    return found


def test_so_it_is_in_a_service(service: Service, sent: list[bytes]) -> None:
    response = service.post("sim:rate=50 sim:events=10")
    told = frames(response.content)
    assert told[-1] == DONE
    assert len(told) == 12  # with the one that ends it, and `[DONE]`
    assert len(sent) > 5  # of a busy machine two may be one
    assert b"".join(sent) in response.content
    ended = service.ended()
    assert (ended.ending, ended.events) == ("completed", 11)


def test_with_openais_dialect_too(service: Service, sent: list[bytes]) -> None:
    messages = [{"role": "user", "content": "sim:rate=50 sim:events=10"}]
    body = {"model": "glm-4.6", "messages": messages, "stream": True}
    response = httpx.post(f"{service.url}/v1/chat/completions", json=body)
    assert response.content.endswith(b"data: [DONE]\n\n")
    assert len(sent) > 5
    assert b"".join(sent) in response.content


@pytest.mark.once
def test_events_of_all_sizes_come_as_they_were(
    settings: Any, sent: list[bytes]
) -> None:
    texts = ["x" * size for size in (*range(925, 960), 3000, 20_000)]
    script = answering(event("first"), *map(event, texts), FINISHED, pause=0.02)
    with scripted(script) as url:
        point_at(settings, url)
        with service_for() as service:
            told = service.post("of all sizes").content
    said = [text_of(frame + b"\n\n") for frame in told.split(b"\n\n")]
    assert [text for text in said if text] == ["first", *texts, "last"]
    sizes = {len(body) for body in sent}
    assert {MANY_BYTES - 1, MANY_BYTES} <= sizes


@pytest.mark.once
def test_a_heartbeat_waits_from_the_last_event_on(
    service: Service, settings: Any
) -> None:
    settings.CHAT_HEARTBEAT_SECONDS = 1
    with RawCaller(service.url) as caller:
        caller.ask("sim:rate=5 sim:events=12 sim:stall=3@11")
        caller.read_until(PING)
        assert caller.received.count(b"data: {") == 11


@pytest.mark.once
def test_a_fault_in_a_writer_ends_it_with_an_error(
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    sent: list[bytes],
) -> None:
    write = NativeWriter.frames

    def frames_until(self: NativeWriter, batch: Batch) -> bytes:
        if len(sent) >= 3:
            raise ValueError("A fault.")
        return write(self, batch)

    monkeypatch.setattr(NativeWriter, "frames", frames_until)
    with caplog.at_level(logging.ERROR, "chat.web.responses"):
        response = service.post("sim:rate=50 sim:events=10")
    assert frames(response.content)[-1]["error"]["type"] == "streaming_error"
    assert service.ended().ending == "failed"
    assert "A fault of ours broke an answer off" in caplog.text


async def test_another_server_is_not_written_to_directly() -> None:
    async def send(message: Any) -> None: ...

    assert find_direct(send) is None
