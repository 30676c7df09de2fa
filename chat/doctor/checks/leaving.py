"""Does the service hear that a caller has left, and how soon?"""

import asyncio
from dataclasses import dataclass

from chat.doctor import order
from chat.doctor.arrivals import Arrivals
from chat.doctor.asker import Asker
from chat.doctor.clock import now
from chat.doctor.finding import Finding, Outcome, seconds, unknown
from chat.doctor.hops import hops, remedy
from chat.doctor.order import Step

STAY = 1.5  # seconds until we leave
WAIT = 10.0  # seconds in which the service has to hear of it
BETWEEN_LOOKS = 0.3
SOON = 1.0
# Both go on for longer than we wait.
WHILE_EVENTS_FLOW = (Step("event", 1, 0), Step("event", 80, 0.25))
IN_SILENCE = (Step("event", 1, 0), Step("event", 1, 20))


@dataclass(frozen=True)
class Left:
    """What came of leaving one stream, as the service told of it later.

    `heard_after`: seconds from our leaving; None if the service had not heard of it
    when the wait ended. `began`: whether the service ever knew of the stream.
    """

    heard_after: float | None
    began: bool
    arrivals: Arrivals


async def leaving(asker: Asker) -> Finding:
    flowing, silent = await asyncio.gather(
        _leave(asker, WHILE_EVENTS_FLOW), _leave(asker, IN_SILENCE)
    )
    return judge(flowing, silent, asker.clocks.offset().error)


def judge(flowing: Left, silent: Left, error: float) -> Finding:
    for left in (flowing, silent):
        if left.arrivals.other_answer or not left.began:
            reason = left.arrivals.other_answer or left.arrivals.broke
            return unknown("leaving", f"no stream came: {reason}")
    measured: dict[str, object] = {
        "while_events_flow_ms": _milliseconds(flowing),
        "in_silence_ms": _milliseconds(silent),
        "uncertainty_ms": round(error * 1000, 1),
        "waited": WAIT,
    }
    fact = f"the service heard of it {_say_when(flowing)} while events flow"
    fact += f", {_say_when(silent)} in silence (±{seconds(error)})"
    fix = remedy("leaving", hops(flowing.arrivals.headers))
    if flowing.heard_after is None:
        fix = f"Every answer that is left goes on to its end, and is paid for. {fix}"
        return Finding("leaving", Outcome.PROBLEM, fact, fix, measured)
    if silent.heard_after is None:
        fix = f"It hears only when it writes: after one to three heartbeats. {fix}"
        return Finding("leaving", Outcome.WARNING, fact, fix, measured)
    if max(flowing.heard_after, silent.heard_after) - error > SOON:
        return Finding("leaving", Outcome.WARNING, fact, fix, measured)
    return Finding("leaving", Outcome.OK, fact, measured=measured)


async def _leave(asker: Asker, steps: tuple[Step, ...]) -> Left:
    asked = order.make(steps)
    arrivals = await asker.play(asked, leave_after=STAY)
    began, left = False, arrivals.ended
    while now() < left + WAIT:
        _, said = await asker.look(about=asked.nonce)
        about = said and said.get("about")
        began = began or bool(about)
        if said and about and about["ended"]:
            if about["how"] == "delivered":
                break
            heard = asker.clocks.here(said["host"], about["ended"])
            return Left(max(heard - left, 0.0), True, arrivals)
        await asyncio.sleep(BETWEEN_LOOKS)
    return Left(None, began, arrivals)


def _milliseconds(left: Left) -> float | None:
    return None if left.heard_after is None else round(left.heard_after * 1000, 1)


def _say_when(left: Left) -> str:
    if left.heard_after is None:
        return f"not within {WAIT:g} s"
    return f"after {seconds(left.heard_after)}"
