"""An exchange: each way it can end, wait in vain, or be ended by somebody else."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from chat.conversation import ChatRequest
from chat.ending import Ending, Extent
from chat.event import Batch, decode_event
from chat.exchange import exchange as module
from chat.exchange import source
from chat.exchange.caller import Caller
from chat.exchange.exchange import Exchange
from chat.exchange.outcome import Outcome
from chat.exchange.register import open_exchanges
from chat.exchange.source import END, HEARTBEAT
from chat.failures import (
    BodyTimeout,
    Failure,
    Interrupted,
    Refused,
    Stopped,
    UpstreamFailed,
    UpstreamRejected,
    UpstreamTimeout,
)
from chat.observation import Observation
from chat.tests.clock import Clock, settle
from chat.upstream.answer import Answer
from chat.upstream.attempts import Attempts

CHAT = ChatRequest([{"role": "user", "content": "Hello"}], "glm-4.6", True)
HI = b'{"id":"1","created":1,"model":"m","choices":[{"delta":{"content":"Hi"}}]}'
LAST = HI.replace(b'{"delta"', b'{"finish_reason":"stop","delta"')
TOLD = LAST.replace(b"}]}", b'}],"usage":{"prompt_tokens":1,"completion_tokens":1}}')
BROKE = UpstreamFailed("It broke.")


def batch(payload: bytes) -> Batch:
    made = Batch()
    made.payloads.append(payload)
    made.events.append(decode_event(payload))
    return made


class ZAI(Answer):
    """Z.AI behind an open gate: does next what `does` was given.

    It is what is asked, the call, and the answer.
    """

    place = last_place = None
    model = CHAT.model
    is_done: bool = False  # type: ignore[misc]
    repaired_names: list[str] = []  # type: ignore[misc]  # noqa: RUF012

    def __init__(self) -> None:
        self.call = self
        self.attempts = Attempts(Observation())
        self.tries = 1
        self.is_left = False
        self._steps: asyncio.Queue[Any] = asyncio.Queue()

    async def does(self, *steps: Any) -> None:
        """Batches, None for the end of the stream, whole answers, failures."""
        for step in steps:
            self._steps.put_nowait(step)
        await settle()

    def is_by_the_gate(self, failure: Failure) -> bool:
        return False

    def over(self, *, is_whole: bool = True) -> None:
        """Nobody waits for its slot."""

    async def stream(self) -> Any:
        return self, await self.read()

    async def complete(self) -> Any:
        return await self.read()

    async def read(self) -> Any:
        try:
            step = await self._steps.get()
        except asyncio.CancelledError:
            self.is_left = True
            raise
        if isinstance(step, Exception):
            raise step
        return step

    async def aclose(self) -> None:
        self.is_left = True


@pytest.fixture
def zai(monkeypatch: pytest.MonkeyPatch, settings: Any, clock: Clock) -> ZAI:
    """With the waits that the tests name, by the clock that they move."""
    settings.CHAT_OPEN_AFTER_SECONDS = 5
    settings.CHAT_HEARTBEAT_SECONDS = 10
    settings.ZAI_SILENCE_TIMEOUT = 25
    zai = ZAI()
    monkeypatch.setattr(module, "Asking", lambda *_: zai)
    return zai


class Log:
    """Tells `closed` how an exchange ended."""

    def __init__(self, closed: Callable[[Any], None]) -> None:
        self.close = closed

    async def foretell(self, outcome: Outcome) -> None:
        pass


class Reader:
    """Whoever answers a caller, in a task of its own: opens, reads on, closes."""

    exchange: Exchange

    def __init__(self, read: Callable[["Reader"], Any]) -> None:
        self.caller = Caller(lambda: self.has_hung_up)
        self.has_hung_up = False
        self.heard: list[Any] = []
        self.outcomes: list[Outcome] = []
        self.task = asyncio.create_task(self._answer(read))

    @property
    def outcome(self) -> Outcome:
        """How it ended: once, with nothing left open."""
        assert self.task.done()
        assert not open_exchanges
        [outcome] = self.outcomes
        assert outcome is self.exchange.outcome
        return outcome

    async def _answer(self, read: Callable[["Reader"], Any]) -> None:
        self.exchange = Exchange(CHAT, "req_1", self.caller)
        self.exchange.report_to(Log(self.outcomes.append), None)
        try:
            await read(self)
        finally:
            await self.exchange.close()
            await self.exchange.close()  # which is safe


async def stream(reader: Reader) -> None:
    await reader.exchange.open()
    reader.exchange.told(200)
    while reader.heard[-1:] != [END]:
        reader.heard.append(await reader.exchange.read())
    reader.exchange.delivered()


async def take_whole(reader: Reader) -> None:
    reader.heard.append(await reader.exchange.complete())
    reader.exchange.told(200)
    reader.exchange.delivered()


async def begun(read: Any = stream) -> Reader:
    reader = Reader(read)
    await settle()
    return reader


def failure_of(reader: Reader) -> Failure:
    """What was raised where it was read, which is what the outcome has, too."""
    error = reader.task.exception()
    assert isinstance(error, Failure)
    assert reader.outcome.failure is error
    return error


async def test_a_stream_is_read_and_completed(zai: ZAI) -> None:
    reader = await begun()
    first, last = batch(HI), batch(TOLD)
    await zai.does(first, last, None)
    assert reader.heard == [first, last, END]
    outcome = reader.outcome
    assert (outcome.ending, outcome.answer) == (Ending.COMPLETED, Extent.WHOLE)
    assert (outcome.status, outcome.error_status, outcome.events) == (200, None, 2)
    assert zai.is_left


async def test_an_answer_in_one_piece_is_completed(zai: ZAI) -> None:
    body = HI.replace(b'{"delta"', b'{"finish_reason":"stop","message"')
    reader = await begun(take_whole)
    await zai.does((body, decode_event(body)))
    assert reader.heard == [body]
    assert reader.outcome.ending is Ending.COMPLETED
    assert reader.outcome.answer is Extent.WHOLE
    assert reader.outcome.events is None  # are of streams


@pytest.mark.parametrize(
    ("failure", "ending"),
    [
        (BROKE, Ending.UPSTREAM_FAILED),
        (UpstreamTimeout("Too slow."), Ending.UPSTREAM_TIMEOUT),
        (UpstreamRejected("No.", code="1301"), Ending.UPSTREAM_REJECTED),
        (Refused("Not so."), Ending.REFUSED),
        (Failure(), Ending.FAILED),
    ],
    ids=lambda found: getattr(found, "ending", ""),
)
@pytest.mark.parametrize("read", [stream, take_whole])
async def test_what_fails_before_an_event_is_raised(
    zai: ZAI, read: Any, failure: Failure, ending: Ending
) -> None:
    reader = await begun(read)
    await zai.does(failure)
    assert failure_of(reader) is failure
    assert (reader.outcome.ending, reader.outcome.answer) == (ending, Extent.NONE)
    assert (reader.outcome.status, reader.outcome.error_status) == (
        None,
        failure.status,
    )


@pytest.mark.parametrize("end", [BROKE, None], ids=["broken", "over"])
async def test_an_answer_breaks_off_in_its_midst(zai: ZAI, end: Any) -> None:
    reader = await begun()
    await zai.does(batch(HI), end)
    assert len(reader.heard) == 1
    assert failure_of(reader).ending is Ending.UPSTREAM_FAILED
    assert reader.outcome.answer is Extent.BROKEN_OFF
    assert (reader.outcome.status, reader.outcome.error_status) == (200, 502)


async def test_who_waits_for_a_first_event_hears_nothing_for_so_long(
    zai: ZAI, clock: Clock
) -> None:
    reader = await begun()
    await clock.advance(4.9)
    assert not reader.exchange.has_begun
    assert reader.heard == []
    await clock.advance(0.2)  # open by now, for heartbeats
    await clock.advance(10)
    await clock.advance(10)
    assert reader.heard == [HEARTBEAT, HEARTBEAT]
    await zai.does(batch(TOLD), None)
    assert reader.exchange.has_begun
    assert reader.heard[-1] is END
    assert reader.outcome.ending is Ending.COMPLETED


async def test_a_failure_after_heartbeats_comes_where_is_read(
    zai: ZAI, clock: Clock
) -> None:
    reader = await begun()
    await clock.advance(5.1)
    await clock.advance(10)
    await zai.does(BROKE)
    assert (reader.heard, failure_of(reader)) == ([HEARTBEAT], BROKE)
    assert (reader.outcome.status, reader.outcome.error_status) == (200, 502)


async def test_an_answer_in_one_piece_is_waited_for_without_heartbeats(
    zai: ZAI, clock: Clock
) -> None:
    reader = await begun(take_whole)
    await clock.advance(500)
    assert not reader.task.done()
    await zai.does(BROKE)
    assert failure_of(reader) is BROKE


async def test_silence_between_events_is_bridged_and_then_too_long(
    zai: ZAI, clock: Clock
) -> None:
    reader = await begun()
    await zai.does(batch(HI))
    for _ in range(2):
        await clock.advance(10)
    assert reader.heard[1:] == [HEARTBEAT, HEARTBEAT]
    await zai.does(batch(HI))  # begins the time anew
    for _ in range(2):
        await clock.advance(10)
    assert not reader.task.done()
    await clock.advance(5)
    assert reader.heard[4:] == [HEARTBEAT, HEARTBEAT]
    assert failure_of(reader).ending is Ending.UPSTREAM_TIMEOUT
    assert reader.outcome.answer is Extent.BROKEN_OFF
    assert zai.is_left


async def test_after_all_was_told_the_end_is_not_waited_for_long(
    zai: ZAI, clock: Clock
) -> None:
    reader = await begun()
    await zai.does(batch(TOLD))
    await clock.advance(source.SECONDS_AFTER_FINISH - 0.1)
    assert not reader.task.done()
    await clock.advance(0.2)
    assert reader.heard[-1] is END
    assert reader.outcome.ending is Ending.COMPLETED


OUTSIDE = [
    (Interrupted("We restart."), Ending.INTERRUPTED),
    (Stopped("An operator did."), Ending.STOPPED),
    (BodyTimeout("Too slow."), Ending.REFUSED),
]


@pytest.mark.parametrize(("failure", "ending"), OUTSIDE, ids=lambda f: str(f)[:9])
@pytest.mark.parametrize("moment", ["first", "opened", "midst", "whole"])
async def test_who_waits_is_cut_short_from_outside(
    zai: ZAI, clock: Clock, moment: str, failure: Failure, ending: Ending
) -> None:
    """He gets the reason, his task is not cancelled, and Z.AI is left."""
    reader = await begun(take_whole if moment == "whole" else stream)
    if moment == "opened":
        await clock.advance(5.1)
    if moment == "midst":
        await zai.does(batch(HI))
    reader.exchange.cut_short(failure)
    await settle()
    assert failure_of(reader) is failure
    assert reader.task.cancelling() == 0
    assert reader.outcome.ending is ending
    assert zai.is_left


async def test_who_is_cut_short_before_he_asks_never_waits(zai: ZAI) -> None:
    async def late(reader: Reader) -> None:
        reader.exchange.cut_short(OUTSIDE[0][0])
        await stream(reader)

    reader = await begun(late)
    assert failure_of(reader) is OUTSIDE[0][0]


async def test_who_is_cut_short_while_he_writes_hears_of_it_at_the_next_read(
    zai: ZAI,
) -> None:
    may_read = asyncio.Event()

    async def slowly(reader: Reader) -> None:
        await reader.exchange.open()
        await reader.exchange.read()
        await may_read.wait()  # as for a caller who takes nothing
        await reader.exchange.read()

    reader = await begun(slowly)
    await zai.does(batch(HI))
    reader.exchange.cut_short(OUTSIDE[1][0])
    await settle()
    assert not reader.task.done()
    may_read.set()
    await zai.does(BROKE)
    assert failure_of(reader) is OUTSIDE[1][0]


async def test_the_reason_that_came_first_stays(zai: ZAI) -> None:
    reader = await begun()
    await zai.does(batch(HI))
    for failure, _ in OUTSIDE:
        reader.exchange.cut_short(failure)
    assert reader.exchange.fail(BROKE) is OUTSIDE[0][0]
    await settle()
    assert failure_of(reader) is OUTSIDE[0][0]


async def test_nothing_fails_once_all_has_gone_out(zai: ZAI) -> None:
    async def and_then(reader: Reader) -> None:
        await stream(reader)
        reader.exchange.cut_short(BROKE)

    reader = await begun(and_then)
    await zai.does(batch(TOLD), None)
    assert reader.outcome.ending is Ending.COMPLETED
    assert reader.outcome.failure is None


@pytest.mark.parametrize("moment", ["first", "opened", "midst", "whole"])
@pytest.mark.parametrize(
    ("why", "ending"),
    [
        ("left", Ending.CLIENT_DISCONNECTED),
        ("has_hung_up", Ending.CLIENT_DISCONNECTED),
        ("shutdown", Ending.INTERRUPTED),
        ("", Ending.FAILED),
    ],
)
async def test_whose_task_is_cancelled_ends_as_was_recorded(
    zai: ZAI, clock: Clock, moment: str, why: str, ending: Ending
) -> None:
    reader = await begun(take_whole if moment == "whole" else stream)
    if moment == "opened":
        await clock.advance(5.1)
    if moment == "midst":
        await zai.does(batch(HI))
    if why:
        setattr(reader if why == "has_hung_up" else reader.caller, why, True)
    reader.task.cancel()
    await settle()
    assert reader.task.cancelled()  # nobody has swallowed it
    assert reader.outcome.ending is ending
    assert reader.outcome.failure is None
    assert zai.is_left


async def test_a_cancellation_at_the_moment_of_a_heartbeat_is_no_heartbeat(
    zai: ZAI, clock: Clock
) -> None:
    reader = await begun()
    await zai.does(batch(HI))
    clock.now += 10
    reader.caller.left = True
    asyncio.get_running_loop().call_at(clock.now, reader.task.cancel)
    await settle()
    assert reader.task.cancelled()
    assert reader.heard[1:] in ([], [HEARTBEAT])
    assert reader.outcome.ending is Ending.CLIENT_DISCONNECTED


async def test_what_the_program_raises_is_its_own_failure(zai: ZAI) -> None:
    async def fail(reader: Reader) -> None:
        await reader.exchange.open()
        raise ZeroDivisionError

    reader = await begun(fail)
    await zai.does(batch(HI))
    assert isinstance(reader.task.exception(), ZeroDivisionError)
    assert reader.outcome.ending is Ending.FAILED
    assert reader.outcome.error_status == 500
    assert zai.is_left


async def test_a_listener_hears_each_batch_and_then_the_end(zai: ZAI) -> None:
    heard: list[Any] = []

    class Listener:
        add = staticmethod(heard.append)
        add_completion = staticmethod(heard.append)

    async def listened_to(reader: Reader) -> None:
        reader.exchange.report_to(Log(heard.append), Listener())
        await stream(reader)

    reader = await begun(listened_to)
    batches = [batch(HI), batch(TOLD)]
    await zai.does(*batches, None)
    assert heard == [*batches, reader.exchange.outcome]
