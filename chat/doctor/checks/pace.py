"""Compressed? Buffered? One stream of regular events tells."""

from chat.doctor.arrivals import READABLE, Arrivals
from chat.doctor.clock import Clocks
from chat.doctor.events import Event, events, groups
from chat.doctor.finding import Finding, Outcome, seconds, unknown
from chat.doctor.hops import hops, remedy
from chat.doctor.order import Step

STEPS = (Step("event", 1, 0), Step("event", 12, 0.25))
SPAN = 3.0
# Seconds between sent and arrived that people notice, and that break the impression
SLOW, LATE = 0.4, 1.0


def compressed(arrivals: Arrivals, held: Finding) -> Finding:
    """Compression does harm where it holds events back, as `held` knows."""
    encoding = arrivals.encoding
    if encoding in ("", "identity"):
        return Finding("compressed", Outcome.OK, "the stream is not compressed")
    measured = {"encoding": encoding}
    fix = remedy("compressed", hops(arrivals.headers))
    if held.outcome in (Outcome.OK, Outcome.WARNING):
        fact = f"compressed with {encoding}, but event by event"
        return Finding("compressed", Outcome.WARNING, fact, fix, measured)
    fact = f"compressed with {encoding}, which holds events back"
    return Finding("compressed", Outcome.PROBLEM, fact, fix, measured)


def buffered(arrivals: Arrivals, clocks: Clocks) -> Finding:
    if arrivals.encoding not in READABLE:
        return _by_pieces(arrivals)
    seen = events(arrivals, clocks)
    if not seen:
        return unknown("buffered", "no event came" + _because(arrivals))
    return judge(seen, arrivals, clocks.offset().error)


def judge(seen: list[Event], arrivals: Arrivals, error: float) -> Finding:
    """What the events tell that came; `error`: of the clocks' comparison."""
    span = seen[-1].sent - seen[0].sent
    worst = max(event.delay for event in seen)
    lumps = groups([event.arrived for event in seen])
    measured = {
        "events": len(seen),
        "sent_over": round(span, 3),
        "arrived_over": round(seen[-1].arrived - seen[0].arrived, 3),
        "longest_delay": round(worst, 3),
        "uncertainty": round(error, 3),
        "groups": lumps,
    }
    told = f"{len(seen)} events sent over {seconds(span)} arrived"
    if worst - error < SLOW:
        least = min(event.delay for event in seen)
        fact = f"{told} {seconds(max(least, 0))} to {seconds(max(worst, 0))} later"
        fact += f" (±{seconds(error)})"
        return Finding("buffered", Outcome.OK, fact, measured=measured)
    fix = remedy("buffered", hops(arrivals.headers))
    if lumps == 1:
        at = seen[-1].arrived - seen[0].sent
        fact = f"{told} all at once after {seconds(at)}"
    else:
        fact = f"{told} in {lumps} groups, up to {seconds(worst)} later"
    outcome = Outcome.PROBLEM if worst - error >= LATE else Outcome.WARNING
    return Finding("buffered", outcome, fact, fix, measured)


def _by_pieces(arrivals: Arrivals) -> Finding:
    """Of what cannot be read it is still known when it came."""
    times = [at for at, _ in arrivals.pieces]
    if not times:
        return unknown("buffered", "nothing came" + _because(arrivals))
    over, lumps = times[-1] - times[0], groups(times)
    fact = (
        f"compressed with {arrivals.encoding}, {seconds(SPAN)} of events came in "
        f"{lumps} pieces over {seconds(over)}"
    )
    measured = {"groups": lumps, "arrived_over": round(over, 3)}
    if over >= SPAN - LATE and lumps > len(STEPS):
        return Finding("buffered", Outcome.OK, fact, measured=measured)
    fix = remedy("buffered", hops(arrivals.headers))
    return Finding("buffered", Outcome.PROBLEM, fact, fix, measured)


def _because(arrivals: Arrivals) -> str:
    reason = arrivals.other_answer or arrivals.broke
    return f": {reason}" if reason else ""
