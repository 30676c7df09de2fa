"""How often and when to ask Z.AI again: only before the first event."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from django.conf import settings
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
    wait_random_exponential,
)

from chat.failures import Failure

T = TypeVar("T")

BACKOFF = wait_random_exponential(multiplier=0.5, min=0.25, max=8)


async def keep_asking(ask: Callable[[int], Awaitable[T]]) -> T:
    """Await `ask(n)`, n = 1, 2, …, as long as its Failure is transient.

    At most `ZAI_MAX_TRIES` tries, none beginning after `ZAI_RETRY_BUDGET_SECONDS`.
    Waits as long as Z.AI asks, else with backoff and jitter. Raises the last Failure.
    """
    retrying = AsyncRetrying(
        retry=retry_if_exception(lambda e: isinstance(e, Failure) and e.transient),
        stop=stop_after_attempt(settings.ZAI_MAX_TRIES)
        | stop_before_delay(settings.ZAI_RETRY_BUDGET_SECONDS),
        wait=_wait,
        reraise=True,
    )
    async for attempt in retrying:
        state = attempt.retry_state
        try:
            return await ask(state.attempt_number)
        except Failure as failure:
            # `with attempt` would take a cancellation too, and keep it in a cycle with
            # its frames, and the conversation in those.
            state.set_exception((type(failure), failure, failure.__traceback__))
    raise AssertionError("tenacity returns or raises")


def _wait(state: RetryCallState) -> float:
    """Return the seconds until the next try."""
    failure = state.outcome.exception() if state.outcome else None
    asked = failure.retry_after if isinstance(failure, Failure) else None
    return max(BACKOFF(state), asked or 0.0)
