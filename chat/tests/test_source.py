"""Where events come from: batches, heartbeats, the end, and who decides which."""

import asyncio
import gc
import inspect
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from chat.event import Batch, decode_event
from chat.exchange import source as module
from chat.exchange.deadline import Deadline
from chat.exchange.source import END, HEARTBEAT, Source
from chat.failures import Failure, Interrupted, UpstreamFailed, UpstreamTimeout
from chat.observation import Observation

WORD = b'{"id":"1","created":1,"model":"m","choices":[{"delta":{"content":"Hi"}}]}'
FINISHED = WORD.replace(b'{"delta"', b'{"finish_reason":"stop","delta"')
NEVER = object()

Make = Callable[..., Source]


def batch(*payloads: bytes) -> Batch:
    made = Batch()
    made.payloads += payloads
    made.events += map(decode_event, payloads)
    return made


class OpenGate:
    """Nobody stands in line; `is_over` once the slot is free."""

    place = None
    is_over = False

    def over(self) -> None:
        self.is_over = True


class Scripted:
    """An answer of these batches, None for its end, failures, and NEVER."""

    is_done = False

    def __init__(self, *script: Any) -> None:
        self._script = list(script)
        self.is_closed = False

    async def read(self) -> Batch | None:
        if self._script[0] is NEVER:
            await asyncio.Event().wait()
        step = self._script.pop(0)
        if isinstance(step, Failure):
            raise step
        return step  # type: ignore[no-any-return]

    async def aclose(self) -> None:
        self.is_closed = True


@pytest.fixture
async def made() -> AsyncIterator[Make]:
    """Make a source for the task that calls; it is closed with the test."""
    sources: list[Source] = []
    deadlines: list[Deadline] = []

    def make(*script: Any, question: Any = None, silence: float = 0.05) -> Source:
        async def answer() -> Any:
            return Scripted(*script[1:]), script[0]

        deadlines.append(Deadline())
        found = Source(
            question or answer(), OpenGate(), Observation(), deadlines[-1], silence
        )
        sources.append(found)
        return found

    yield make
    for deadline in deadlines:
        deadline.close()
    for one in sources:
        await one.close()


@pytest.fixture(autouse=True)
def impatient(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.CHAT_HEARTBEAT_SECONDS = 60
    monkeypatch.setattr(module, "SECONDS_AFTER_FINISH", 0.01)


async def read_all(source: Source) -> list[Any]:
    read = [await source.read()]
    while read[-1] is not END:
        read.append(await source.read())
    return read


async def test_batches_come_before_the_end(made: Make) -> None:
    first, last = batch(WORD), batch(FINISHED)
    source = made(first, Batch(), last, None)
    assert await read_all(source) == [first, last, END]


async def test_it_keeps_nothing_of_what_was_read(made: Make) -> None:
    source = made(batch(WORD), NEVER)
    first = await source.read()
    await asyncio.sleep(0)  # the loop lets go of what it called
    holders = [one for one in gc.get_referrers(first) if not inspect.isframe(one)]
    assert not [one for one in holders if isinstance(one, tuple) and len(one) == 2]


@pytest.mark.parametrize(
    "end", [None, UpstreamFailed("It broke."), NEVER], ids=["over", "broken", "silent"]
)
async def test_a_whole_answer_ends_however_it_does(made: Make, end: Any) -> None:
    assert await read_all(made(batch(WORD), batch(FINISHED), end)) != []


@pytest.mark.parametrize(
    ("end", "kind"),
    [
        (None, UpstreamFailed),
        (UpstreamFailed("It broke."), UpstreamFailed),
        (NEVER, UpstreamTimeout),
    ],
    ids=["over", "broken", "silent"],
)
async def test_what_is_not_whole_fails(made: Make, end: Any, kind: Any) -> None:
    source = made(batch(WORD), end)
    await source.read()
    with pytest.raises(kind):
        await source.read()


async def test_an_error_of_zais_is_no_end_even_of_what_seems_whole(made: Make) -> None:
    source = made(batch(FINISHED), UpstreamTimeout("Too slow."))
    await source.read()
    with pytest.raises(UpstreamTimeout):
        await source.read()


async def test_silence_is_a_heartbeat(made: Make, settings: Any) -> None:
    settings.CHAT_HEARTBEAT_SECONDS = 0.01
    source = made(batch(WORD), NEVER, silence=60)
    await source.read()
    assert await source.read() is HEARTBEAT
    assert await source.read() is HEARTBEAT


async def test_before_the_answer_too(made: Make, settings: Any) -> None:
    settings.CHAT_HEARTBEAT_SECONDS = 0.01
    source = made(question=asyncio.Event().wait())
    assert await source.read() is HEARTBEAT
    assert not source.has_begun


@pytest.mark.parametrize("begun", [True, False])
async def test_who_reads_what_is_cut_short_hears_why(made: Make, begun: bool) -> None:
    source = (
        made(batch(WORD), NEVER, silence=60)
        if begun
        else made(question=asyncio.Event().wait())
    )
    if begun:
        await source.read()

    def cut() -> None:
        source.cut_short(Interrupted("Over."))
        source._deadline.expire()

    asyncio.get_running_loop().call_soon(cut)
    with pytest.raises(Interrupted):
        await source.read()


async def test_who_was_not_waiting_when_it_was_cut_short_hears_why(made: Make) -> None:
    """Else a stop that comes together with an event would be lost."""
    source = made(batch(WORD), batch(WORD), NEVER, silence=60)
    await source.read()
    source.cut_short(Interrupted("Over."))
    source._deadline.expire()
    with pytest.raises(Interrupted):
        await asyncio.wait_for(source.read(), 5)


async def test_a_failure_of_the_question_is_raised(made: Make) -> None:
    async def fail() -> Any:
        raise UpstreamFailed("Nobody is there.")

    source = made(question=fail())
    with pytest.raises(UpstreamFailed):
        await source.wait(None)


async def test_an_answer_that_comes_as_it_is_given_up_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "Answer", Scripted)
    answer = Scripted(None)

    async def stubborn() -> Any:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return answer, batch(WORD)

    source = Source(stubborn(), OpenGate(), Observation(), Deadline(), silence=60)
    await source.wait(0)
    await source.close()
    assert answer.is_closed
