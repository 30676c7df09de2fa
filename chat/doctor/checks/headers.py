"""Are the headers of a stream held back, and does what they say arrive?"""

from collections.abc import Mapping

from chat.doctor.arrivals import Arrivals
from chat.doctor.checks.pace import LATE, SLOW
from chat.doctor.clock import Clocks
from chat.doctor.events import heads
from chat.doctor.finding import Finding, Outcome, seconds, unknown
from chat.doctor.hops import hops, remedy
from chat.doctor.order import Step
from chat.protocols.sse import OPENING

# The service is silent after its opening comment, as a model that thinks.
SILENCE = 3.0
STEPS = (Step("event", 1, SILENCE),)


def headers(arrivals: Arrivals, clocks: Clocks) -> Finding:
    """When the headers and the opening comment came, which were sent at once."""
    if not (arrivals.is_stream and arrivals.answered):
        reason = arrivals.other_answer or arrivals.broke
        return unknown("headers", f"no stream came: {reason}")
    sent, error = _sent(arrivals, clocks)
    late = arrivals.answered - sent
    opening = next(iter(arrivals.comments(OPENING)), None)
    measured = {
        "headers_delay": round(late, 3),
        "opening_delay": None if opening is None else round(opening - sent, 3),
        "uncertainty": round(error, 3),
    }
    if late - error >= SLOW:
        fact = f"the headers, sent at once, arrived after {seconds(late)}"
        return _held("headers", fact, late - error, arrivals, measured)
    if opening is None:
        return _eaten(measured)
    if opening - sent - error >= SLOW:
        fact = f"the first bytes, sent at once, arrived after {seconds(opening - sent)}"
        return _held("headers", fact, opening - sent - error, arrivals, measured)
    fact = f"headers and first bytes arrived after {seconds(max(late, 0))}"
    fact += f" (±{seconds(error)})"
    return Finding("headers", Outcome.OK, fact, measured=measured)


def _sent(arrivals: Arrivals, clocks: Clocks) -> tuple[float, float]:
    """When the service sent them, and how sure that is; by our request at worst."""
    for _, head in heads(arrivals):
        return clocks.here(head["host"], head["began"]), clocks.offset().error
    return arrivals.asked, 0.0


def _held(
    check: str,
    fact: str,
    late: float,
    arrivals: Arrivals,
    measured: Mapping[str, object],
) -> Finding:
    outcome = Outcome.PROBLEM if late >= LATE else Outcome.WARNING
    fix = remedy(check, hops(arrivals.headers))
    return Finding(check, outcome, fact, fix, measured)


def _eaten(measured: Mapping[str, object]) -> Finding:
    fix = (
        "Something reads the stream and leaves comments out; heartbeats are such. Let "
        "it hand on the bytes as they are."
    )
    fact = "the headers came, but not the comment `: open` that follows them"
    return Finding("headers", Outcome.WARNING, fact, fix, measured)


def intact(arrivals: Arrivals) -> Finding:
    """X-Accel-Buffering is not missed: it is for the first nginx, which takes it."""
    if not arrivals.is_stream:
        reason = arrivals.other_answer or arrivals.broke
        return unknown("intact", f"no stream came: {reason}")
    missing = []
    if "no-transform" not in arrivals.headers.get("Cache-Control", ""):
        missing.append("Cache-Control: no-transform")
    if "X-Request-ID" not in arrivals.headers:
        missing.append("X-Request-ID")
    if not missing:
        fact = "Cache-Control and X-Request-ID arrive"
        return Finding("intact", Outcome.OK, fact)
    fix = "Something on the way removes or replaces them: let it pass them on."
    if len(missing) == 2 or "Cache" in missing[0]:
        fix += " Without no-transform Next.js and some networks compress and hold back."
    fact = f"{' and '.join(missing)} did not arrive"
    return Finding("intact", Outcome.WARNING, fact, fix, {"missing": missing})
