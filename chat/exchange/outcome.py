"""How a request ended: worked out once, for the log line, the row, and all who tell."""

from dataclasses import dataclass

from chat.ending import FINISHED, Ending, Extent, Whose
from chat.event import Usage
from chat.exchange.charge import Charge
from chat.failures import Failure, Interrupted
from chat.observation import Observation
from chat.upstream.attempts import Attempt, Attempts

FILTERED = {"sensitive", "content_filter"}
CUT_OFF = {"length", "model_context_window_exceeded"}
# What a caller would have heard where nobody was left to say it.
UNSAID: dict[Ending, type[Failure]] = {
    Ending.INTERRUPTED: Interrupted,
    Ending.FAILED: Failure,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """None is what is not known, was not measured, or does not apply.

    `status` is what the caller was told first, if anything; `error_status` what the
    failure is as HTTP status, told in time or not. Times are in seconds since the
    exchange was opened; `waited` is in the gate's queue. `first_sign` is of anything
    that came of an answer, be it a thought; `first_word` of what a user sees. `added`
    is what this service took beside Z.AI, from when all of the request had come until
    the first event, or the whole answer, was ready to go out.
    `repaired_names` are those of tools, as callers got them.
    """

    ending: Ending
    failure: Failure | None = None
    status: int | None = None
    error_status: int | None = None
    answer: Extent = Extent.NONE
    whose: Whose | None = None
    finish_reason: str | None = None
    answered_model: str | None = None
    upstream_id: str | None = None
    tries: int | None = None
    attempts: tuple[Attempt, ...] = ()
    waited: float | None = None
    first_event: float | None = None
    first_sign: float | None = None
    first_word: float | None = None
    duration: float | None = None
    added: float | None = None
    events: int | None = None
    usage: Usage | None = None
    repaired_names: tuple[str, ...] | None = None
    charge: Charge | None = None

    @property
    def is_callers_fault(self) -> bool:
        """Whether Z.AI turned the request away as we turn away what is no request."""
        is_rejected = self.ending is Ending.UPSTREAM_REJECTED
        return is_rejected and self.whose is Whose.CALLER


def outcome_of(
    ending: Ending,
    failure: Failure | None,
    seen: Observation,
    *,
    status: int | None,
    tries: int | None,
    attempts: Attempts,
    ready_at: float,
    repaired_names: list[str],
    charge: Charge | None,
) -> Outcome:
    """Return the outcome of an exchange; `seen` has been ended.

    All of the request had come `ready_at`, by the monotonic clock.
    """
    failed = failure or UNSAID.get(ending)
    return Outcome(
        ending=ending,
        failure=failure,
        status=status,
        error_status=failed.status if failed else None,
        answer=_extent(ending, seen),
        whose=failed.whose if failed else None,
        finish_reason=seen.finish_reason,
        answered_model=seen.answered_model,
        upstream_id=seen.upstream_id,
        tries=tries,
        attempts=tuple(attempts.all),
        waited=attempts.waited,
        first_event=seen.first_event,
        first_sign=seen.first_sign,
        first_word=seen.first_word,
        duration=seen.duration,
        added=_added(seen, attempts, ready_at),
        events=seen.events,
        usage=seen.usage,
        repaired_names=tuple(repaired_names) if seen.has_begun else None,
        charge=charge,
    )


def refusal(failure: Failure) -> Outcome:
    """Return the outcome of a request that never became an exchange."""
    return Outcome(
        ending=failure.ending,
        failure=failure,
        status=failure.status,
        error_status=failure.status,
        whose=failure.whose,
    )


def _added(seen: Observation, attempts: Attempts, ready_at: float) -> float | None:
    """Between tries, and after the first event, others have their time."""
    passed_on = seen.first_event if seen.events else seen.duration
    if attempts.begun_at is None or attempts.readied is None or passed_on is None:
        return None
    return seen.since(ready_at) + attempts.readied + passed_on - attempts.begun_at


def _extent(ending: Ending, seen: Observation) -> Extent:
    """Of two that are true the one that says more: a reason is told beside it."""
    if not seen.has_begun:
        return Extent.NONE
    if ending not in FINISHED:
        return Extent.BROKEN_OFF
    if seen.finish_reason in FILTERED:
        return Extent.FILTERED
    if not seen.has_words:
        return Extent.EMPTY
    return Extent.CUT_OFF if seen.finish_reason in CUT_OFF else Extent.WHOLE
