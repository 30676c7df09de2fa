"""Do heartbeats cross, when they are sent, and do they keep the stream alive?"""

from chat.doctor.arrivals import Arrivals
from chat.doctor.checks.pace import LATE
from chat.doctor.checks.silence import is_cut
from chat.doctor.clock import Clocks
from chat.doctor.events import heads
from chat.doctor.finding import Finding, Outcome, seconds, unknown
from chat.doctor.hops import hops, remedy
from chat.doctor.order import Step
from chat.protocols.sse import HEARTBEAT


def steps(silence: float, heartbeat: float) -> tuple[Step, ...]:
    """As the service would: for as long as the silence, but twice at least."""
    every = min(heartbeat, silence / 2) if silence else 1.0
    count = max(2, int(silence / every))
    return Step("event", 1, 0), Step("heartbeat", count, every), Step("event", 1, 0.1)


def heartbeats(arrivals: Arrivals, asked: Step, clocks: Clocks) -> Finding:
    """`asked`: the step that sends them."""
    came = arrivals.comments(HEARTBEAT)
    expected = f"{len(came)} of {asked.count} heartbeats, one every {asked.every:g} s,"
    measured: dict[str, object] = {
        "sent": asked.count,
        "every": round(asked.every, 3),
        "arrived": len(came),
    }
    if not arrivals.is_whole:
        if arrivals.other_answer and not is_cut(arrivals):
            return unknown("heartbeats", f"no stream came: {arrivals.other_answer}")
        lasted = arrivals.ended - arrivals.asked
        measured["cut_after"] = round(lasted, 2)
        fact = f"{expected} arrived before the stream was cut after {seconds(lasted)}"
        fix = remedy("silence", hops(arrivals.headers))
        return Finding("heartbeats", Outcome.PROBLEM, fact, fix, measured)
    if len(came) < asked.count:
        fix = (
            "Something reads the stream and leaves comments (lines that begin with a "
            "colon) out. Let it hand on the bytes as they are."
        )
        fact = f"{expected} arrived"
        return Finding("heartbeats", Outcome.PROBLEM, fact, fix, measured)
    return _timely(arrivals, came, asked, clocks, expected, measured)


def _timely(
    arrivals: Arrivals,
    came: list[float],
    asked: Step,
    clocks: Clocks,
    expected: str,
    measured: dict[str, object],
) -> Finding:
    head = heads(arrivals)[0][1]
    began, error = clocks.here(head["host"], head["began"]), clocks.offset().error
    due = [began + asked.every * (number + 1) for number in range(asked.count)]
    worst = max(at - then for at, then in zip(came, due, strict=False))
    measured["longest_delay"] = round(worst, 3)
    fact = f"{expected} arrived, at most {seconds(max(worst, 0))} later"
    if worst - error < LATE:
        return Finding("heartbeats", Outcome.OK, fact, measured=measured)
    fix = remedy("buffered", hops(arrivals.headers))
    return Finding("heartbeats", Outcome.PROBLEM, fact, fix, measured)
