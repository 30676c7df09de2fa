"""When nobody asks Z.AI, for it is known what it would say; and who finds out."""

import time
from math import ceil

from msgspec.structs import replace

from chat.ending import Whose
from chat.failures import Failure, GateShut
from chat.gate.state import Closure, State
from chat.gate.verdict import Verdict, judge

# One asks so often whether a limit that has a time is reset before it.
SECONDS_BETWEEN_TRIES = 60.0
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
# So many tries in a row found Z.AI broken, or not at all.
AILING_TRIES = 10


def learn_failure(state: State, failure: Failure, *, found_out: bool) -> State:
    """Return what is known after a try has failed so.

    `found_out`: it was the one that was to find out whether the gate may be open.
    """
    match judge(failure):
        case Verdict.SPENT if failure.retry_after:
            until = time.time() + failure.retry_after
            return _shut(state, failure, until, pause=0.0)
        case Verdict.SPENT:
            return _pause(state, failure, SECONDS_BETWEEN_TRIES, found_out)
        case Verdict.ACCOUNT:
            return _pause(state, failure, FIRST_PAUSE, found_out)
        case Verdict.AILING:
            state = replace(state, ailing=state.ailing + 1)
            if state.ailing < AILING_TRIES and not found_out:
                return state
            return _pause(state, failure, FIRST_PAUSE, found_out)
        case Verdict.OTHER if state.ailing:
            return replace(state, ailing=0)
    return state


def learn_success(state: State) -> State:
    """Return what is known once Z.AI has begun to answer."""
    if state.closure or state.ailing or state.refused_alone:
        return replace(state, closure=None, ailing=0, refused_alone=0, rests_until=0.0)
    return state


def refusal_by(state: State) -> GateShut | None:
    """Return what callers are told while the gate is shut; None if they may ask."""
    closure, now = state.closure, time.time()
    if closure is None or (closure.is_told and now >= closure.until):
        return None
    return GateShut(
        closure.message,
        status=closure.status,
        code=closure.code,
        type=closure.type,
        whose=Whose(closure.whose),
        retry_after=max(1, ceil(closure.until - now)),
        diagnosis=f"Z.AI is not asked: {closure.code} since"
        f" {ceil(now - closure.since)} s",
    )


def seconds_shut(state: State) -> float | None:
    """Return for how long callers are told so; None: until somebody finds out."""
    if (closure := state.closure) is None:
        return 0.0
    return max(0.0, closure.until - time.time()) if closure.is_told else None


def may_try(state: State) -> bool:
    """Whether somebody is to find out if what shut the gate is over."""
    return state.closure is not None and time.time() >= state.closure.next_try


def begin_try(state: State) -> State:
    """Return the state in which somebody is about to find out, and nobody else does."""
    if (closure := state.closure) is None:
        return state
    now = time.time()
    if closure.is_told:
        next_try = min(now + SECONDS_BETWEEN_TRIES, closure.until)
        return replace(state, closure=replace(closure, next_try=next_try))
    until = now + closure.pause
    return replace(state, closure=replace(closure, until=until, next_try=until))


def _pause(state: State, failure: Failure, first: float, found_out: bool) -> State:
    """Shut for a moment; each time that somebody found out, for twice as long."""
    before = state.closure
    if before and not found_out:
        return state  # it was asked before the gate was shut
    pause = min(2 * before.pause, LONGEST_PAUSE) if before else first
    return _shut(state, failure, time.time() + (pause or first), pause=pause or first)


def _shut(state: State, failure: Failure, until: float, pause: float) -> State:
    now = time.time()
    closure = Closure(
        code=failure.code or str(failure.status),
        status=failure.status,
        message=failure.message,
        whose=(failure.whose or Whose.SERVICE).value,
        type=failure.type,
        since=state.closure.since if state.closure else now,
        until=until,
        next_try=min(now + SECONDS_BETWEEN_TRIES, until),
        pause=pause,
        is_told=not pause,
    )
    return replace(state, ailing=0, closure=closure)
