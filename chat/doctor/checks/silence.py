"""Is a silent stream cut, and after how long?"""

from chat.doctor.arrivals import Arrivals
from chat.doctor.clock import Clocks
from chat.doctor.events import events
from chat.doctor.finding import Finding, Outcome, seconds, unknown
from chat.doctor.hops import hops, remedy
from chat.doctor.order import Step


def steps(silence: float) -> tuple[Step, ...]:
    return Step("event", 1, 0), Step("event", 1, silence)


def silence(
    arrivals: Arrivals, clocks: Clocks, asked: float, heartbeat: float
) -> Finding:
    """`heartbeat`: after how many seconds the service would have given a sign."""
    measured: dict[str, object] = {"asked": asked, "heartbeat": heartbeat}
    if arrivals.is_whole:
        fact = f"{asked:g} s of silence were not cut"
        measured["cut_after"] = None
        return Finding("silence", Outcome.OK, fact, measured=measured)
    lasted = arrivals.ended - _silent_since(arrivals, clocks)
    if arrivals.answered and not arrivals.is_stream:
        if not is_cut(arrivals):
            return unknown("silence", f"no stream came: {arrivals.other_answer}")
        lasted = arrivals.answered - arrivals.asked
    measured |= {"cut_after": round(lasted, 2), "how": arrivals.broke}
    fix = remedy("silence", hops(arrivals.headers))
    if lasted > heartbeat:
        fact = f"cut after {seconds(lasted)} of silence"
        note = (
            f"Streams live on, by a heartbeat every {heartbeat:g} s; an answer with "
            '`"stream": false` that takes longer is lost. '
        )
        return Finding("silence", Outcome.WARNING, fact, note + fix, measured)
    fact = f"cut after {seconds(lasted)} of silence, before the first heartbeat"
    fix = f"Set CHAT_HEARTBEAT_SECONDS below {lasted:.0f}. {fix}"
    return Finding("silence", Outcome.PROBLEM, fact, fix, measured)


def _silent_since(arrivals: Arrivals, clocks: Clocks) -> float:
    """When the service fell silent, however late we heard what it had said."""
    sent = [event.sent for event in events(arrivals, clocks)]
    return max([arrivals.asked, *sent])


def is_cut(arrivals: Arrivals) -> bool:
    """Whether a proxy that held everything back gave up, and answered by itself."""
    waited = (arrivals.answered or 0.0) - arrivals.asked
    return arrivals.status in (500, 502, 504) and waited > 1
