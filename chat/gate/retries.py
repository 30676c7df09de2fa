"""How often and when to ask Z.AI again: only before the first event."""

import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TypeVar

from django.conf import settings
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    wait_random_exponential,
)

from chat.failures import Failure
from chat.tracebacks import forget_frames

T = TypeVar("T")

BACKOFF = wait_random_exponential(multiplier=0.5, min=0.25, max=8)
# Of all requests of the last minute so many may be tried once more, and a few always:
# when Z.AI ails, a storm of tries would be no help.
SECONDS = 60.0
SHARE = 0.1
A_FEW = 10


class RetryBudget:
    """How many further tries there may be, in the whole process."""

    def __init__(self) -> None:
        self._requests: deque[float] = deque()
        self._retries: deque[float] = deque()

    def count_request(self) -> None:
        self._requests.append(time.monotonic())
        if len(self._requests) > 10_000:
            self._forget()

    def take(self) -> bool:
        """Take one further try; whether there was one."""
        self._forget()
        if len(self._retries) >= max(A_FEW, SHARE * len(self._requests)):
            return False
        self._retries.append(time.monotonic())
        return True

    def _forget(self) -> None:
        past = time.monotonic() - SECONDS
        for moments in (self._requests, self._retries):
            while moments and moments[0] < past:
                moments.popleft()


async def keep_asking(
    ask: Callable[[], Awaitable[T]],
    budget: RetryBudget,
    seconds_in_line: Callable[[], float],
    may_help: Callable[[Failure], bool],
) -> T:
    """Await `ask()` again as long as that may help after its Failure, and return its
    result.

    At most `ZAI_MAX_TRIES` tries, none beginning after `ZAI_RETRY_BUDGET_SECONDS`, in
    which the seconds in line do not count, and none that `budget` has not.
    Waits as long as Z.AI asks, else with backoff and jitter. Raises the last Failure.
    """
    budget.count_request()
    try:
        return await ask()  # nearly always that is all, and tenacity costs 15 µs
    except Failure as failure:
        if not may_help(failure):
            raise
        first: Failure | None = failure
    retrying = AsyncRetrying(
        retry=retry_if_exception(lambda e: isinstance(e, Failure) and may_help(e)),
        stop=_is_over(budget, seconds_in_line),
        wait=_wait,
        reraise=True,
    )
    try:
        async for attempt in retrying:
            try:
                if first is None:
                    return await ask()
                failed, first = first, None
            except Failure as failure:
                failed = failure
            # `with attempt` would take a cancellation too, and keep it in a cycle with
            # its frames, and the conversation in those.
            forget_frames(failed)
            attempt.retry_state.set_exception((type(failed), failed, None))
            del failed
    finally:
        # Its parts hold each other, and through what is asked here the conversation.
        vars(retrying).clear()
    raise AssertionError("tenacity returns or raises")


def _is_over(
    budget: RetryBudget, seconds_in_line: Callable[[], float]
) -> Callable[[RetryCallState], bool]:
    def is_over(state: RetryCallState) -> bool:
        spent = (state.seconds_since_start or 0.0) - seconds_in_line()
        return (
            state.attempt_number >= settings.ZAI_MAX_TRIES
            or spent + state.upcoming_sleep >= settings.ZAI_RETRY_BUDGET_SECONDS
            or not budget.take()
        )

    return is_over


def _wait(state: RetryCallState) -> float:
    """Return the seconds until the next try."""
    failure = state.outcome.exception() if state.outcome else None
    asked = failure.retry_after if isinstance(failure, Failure) else None
    return max(BACKOFF(state), asked or 0.0)
