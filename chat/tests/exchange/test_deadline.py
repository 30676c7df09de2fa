"""The limit on waiting, by a clock that the test moves."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from chat.exchange.deadline import Deadline
from chat.tests.clock import Clock, settle

Use = Callable[["Waiter"], Awaitable[str]]


class Waiter:
    """A task that waits for `came` under a deadline of its own."""

    deadline: Deadline  # made in the task

    def __init__(self, use: Use) -> None:
        self.came = asyncio.Event()
        self.task = asyncio.create_task(self._run(use))

    async def _run(self, use: Use) -> str:
        self.deadline = Deadline()
        return await use(self)


async def wait(waiter: Waiter, seconds: float = 10.0) -> str:
    """Tell how the wait of `seconds` ended."""
    deadline = waiter.deadline
    deadline.at(deadline.clock() + seconds)
    try:
        await waiter.came.wait()
    except asyncio.CancelledError:
        if not deadline.settle():
            raise
        return "overdue"
    finally:
        deadline.clear()
    return "came"


async def started(use: Use | None = None) -> Waiter:
    waiter = Waiter(use or wait)
    await settle()
    return waiter


async def ended(waiter: Waiter) -> str:
    """How it ended, at once: nothing of a test waits for real time to pass."""
    await settle()
    assert waiter.task.done()
    return waiter.task.result()


async def just_before_the_timer_fires(clock: Clock) -> None:
    """Go on while the loop has the timer next, so that both happen in one turn."""
    clock.now += 10
    await asyncio.sleep(0)


async def just_after_the_timer_fired(clock: Clock, waiter: Waiter) -> None:
    """Go on when the task is cancelled and has not run yet."""
    clock.now += 10
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert waiter.deadline.expired and not waiter.task.done()


async def test_a_wait_ends_when_it_is_overdue(clock: Clock) -> None:
    waiter = await started()
    await clock.advance(9.99)
    assert not waiter.task.done()
    await clock.advance(0.01)
    assert await ended(waiter) == "overdue"


async def test_what_comes_in_time_ends_the_wait(clock: Clock) -> None:
    waiter = await started()
    await clock.advance(9.99)
    waiter.came.set()
    assert await ended(waiter) == "came"


async def test_settling_leaves_nothing_behind(clock: Clock) -> None:
    waiter = await started()
    await clock.advance(10)
    assert await ended(waiter) == "overdue"
    assert not waiter.deadline.expired
    assert waiter.task.cancelling() == 0
    assert not waiter.deadline.settle()


async def test_who_does_not_settle_is_cancelled_and_expired(clock: Clock) -> None:
    async def careless(waiter: Waiter) -> str:
        waiter.deadline.at(clock() + 10)
        await waiter.came.wait()
        return "came"

    waiter = await started(careless)
    await clock.advance(10)
    assert waiter.task.cancelled()
    assert waiter.deadline.expired


async def test_a_task_waits_again_after_it_was_overdue(clock: Clock) -> None:
    async def patient(waiter: Waiter) -> str:
        return " ".join([await wait(waiter), await wait(waiter), await wait(waiter)])

    waiter = await started(patient)
    await clock.advance(10)
    await clock.advance(10)
    waiter.came.set()
    assert await ended(waiter) == "overdue overdue came"


async def test_a_later_time_holds_though_the_timer_fires_before(clock: Clock) -> None:
    waiter = await started()
    waiter.deadline.at(clock() + 30)
    await clock.advance(29.99)
    assert not waiter.task.done()
    await clock.advance(0.01)
    assert await ended(waiter) == "overdue"


async def test_an_earlier_time_holds_at_once(clock: Clock) -> None:
    waiter = await started()
    waiter.deadline.at(clock() + 3)
    await clock.advance(3)
    assert await ended(waiter) == "overdue"


async def test_a_time_that_has_passed_ends_the_wait_at_once(clock: Clock) -> None:
    waiter = await started()
    waiter.deadline.at(clock() - 5)
    assert await ended(waiter) == "overdue"


async def test_nothing_is_overdue_once_cleared(clock: Clock) -> None:
    waiter = await started()
    waiter.deadline.clear()
    await clock.advance(1000)
    assert not waiter.task.done()
    waiter.deadline.at(clock() + 5)
    await clock.advance(5)
    assert await ended(waiter) == "overdue"


async def test_one_timer_serves_a_thousand_waits(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    timers = []
    loop = asyncio.get_running_loop()
    call_at = loop.call_at

    def counted(when: float, callback: Callable[[], object]) -> asyncio.TimerHandle:
        timers.append(when)
        return call_at(when, callback)

    monkeypatch.setattr(loop, "call_at", counted)
    deadline = Deadline()
    for _ in range(1000):
        deadline.at(clock() + 10)
        deadline.clear()
    deadline.close()
    assert len(timers) == 1


async def test_expiring_ends_the_wait_now(clock: Clock) -> None:
    waiter = await started()
    waiter.deadline.expire()
    assert await ended(waiter) == "overdue"


async def test_expiring_does_nothing_to_who_does_not_wait(clock: Clock) -> None:
    waiter = await started()
    waiter.deadline.clear()
    waiter.deadline.expire()
    await clock.advance(1000)
    assert not waiter.task.done()
    waiter.came.set()
    assert await ended(waiter) == "came"


async def test_expiring_too_late_does_not_end_the_next_wait(clock: Clock) -> None:
    async def twice(waiter: Waiter) -> str:
        first = await wait(waiter)
        waiter.came.clear()
        return f"{first} {await wait(waiter)}"

    waiter = await started(twice)
    waiter.came.set()
    waiter.deadline.expire()  # what came wakes the task before the timer fires
    await settle()
    await clock.advance(9.99)
    assert not waiter.task.done()
    await clock.advance(0.01)
    assert await ended(waiter) == "came overdue"


async def test_what_comes_just_before_the_timer_fires_is_overdue(clock: Clock) -> None:
    """The task is told once; what came stays where it is for the next wait."""
    waiter = await started()
    await just_before_the_timer_fires(clock)
    waiter.came.set()
    assert await ended(waiter) == "overdue"
    assert waiter.task.cancelling() == 0


async def test_what_comes_after_the_timer_fired_is_overdue(clock: Clock) -> None:
    waiter = await started()
    await just_after_the_timer_fired(clock, waiter)
    waiter.came.set()
    assert await ended(waiter) == "overdue"
    assert waiter.task.cancelling() == 0


async def test_cancelled_by_somebody_else_is_not_overdue(clock: Clock) -> None:
    waiter = await started()
    waiter.task.cancel()
    await settle()
    assert waiter.task.cancelled()
    assert not waiter.deadline.expired


async def test_cancelled_by_somebody_else_just_before(clock: Clock) -> None:
    """The wish of the other is not swallowed."""
    waiter = await started()
    await just_before_the_timer_fires(clock)
    waiter.task.cancel()
    await settle()
    assert waiter.task.cancelled()
    assert waiter.deadline.expired  # too: nobody settled it


async def test_cancelled_by_somebody_else_just_after(clock: Clock) -> None:
    waiter = await started()
    await just_after_the_timer_fired(clock, waiter)
    waiter.task.cancel()
    await settle()
    assert waiter.task.cancelled()


async def test_cancelled_by_somebody_else_after_it_was_cleared(clock: Clock) -> None:
    waiter = await started()
    waiter.deadline.clear()
    await just_before_the_timer_fires(clock)
    waiter.task.cancel()
    await settle()
    assert waiter.task.cancelled()
    assert not waiter.deadline.expired


async def test_a_timeout_around_it_stays_a_timeout(clock: Clock) -> None:
    async def within_a_timeout(waiter: Waiter) -> str:
        try:
            async with asyncio.timeout(10):
                return await wait(waiter)
        except TimeoutError:
            return "timeout"

    waiter = await started(within_a_timeout)
    await clock.advance(10)
    assert await ended(waiter) == "timeout"


async def test_a_closed_deadline_cancels_nobody(clock: Clock) -> None:
    waiter = await started()
    waiter.deadline.close()
    await clock.advance(1000)
    assert not waiter.task.done()
    waiter.deadline.at(clock() + 1)
    waiter.deadline.expire()
    await clock.advance(1000)
    assert not waiter.task.done()
    waiter.came.set()
    assert await ended(waiter) == "came"


async def test_closing_twice_or_unused_is_allowed(clock: Clock) -> None:
    deadline = Deadline()
    deadline.close()
    deadline.at(clock() + 1)
    deadline.close()
    deadline.close()
    assert not deadline.expired
    assert not deadline.settle()


async def test_a_timer_keeps_no_finished_task(clock: Clock) -> None:
    waiter = await started()
    waiter.came.set()
    assert await ended(waiter) == "came"
    await clock.advance(1000)  # its timer is still set, and finds nothing to cancel
    assert not waiter.deadline.expired
