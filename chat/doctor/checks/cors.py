"""May a page of the given origin read the answers?"""

from multidict import CIMultiDictProxy
from yarl import URL

from chat.doctor.arrivals import Arrivals
from chat.doctor.asker import Asker
from chat.doctor.finding import Finding, Outcome, unknown

ALLOW = "Access-Control-Allow-Origin"
EXPOSED = ("X-Request-ID", "Retry-After")


async def cors(asker: Asker, answer: Arrivals) -> Finding:
    """`answer`: a stream that was asked for with the origin."""
    if not asker.origin:
        fact = "not examined: give the page's origin with --origin"
        return Finding("cors", Outcome.SKIPPED, fact)
    if URL(asker.origin).origin() == asker.url.origin():
        fact = f"{asker.origin} is the address itself, and needs no CORS"
        return Finding("cors", Outcome.OK, fact)
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    preflight = await asker.request("OPTIONS", asker.patience, asked)
    return judge(preflight, answer, asker.origin)


def judge(preflight: Arrivals, answer: Arrivals, origin: str) -> Finding:
    if not preflight.status:
        return unknown("cors", f"the preflight was not answered: {preflight.broke}")
    problem = _of_preflight(preflight, origin) or _of_origin(
        answer.headers, "answer", origin
    )
    if problem:
        return Finding("cors", Outcome.PROBLEM, *problem, {"origin": origin})
    exposed = answer.headers.get("Access-Control-Expose-Headers", "").lower()
    hidden = [name for name in EXPOSED if name.lower() not in exposed]
    if hidden:
        fact = f"{origin} may read answers, but not {' and '.join(hidden)}"
        fix = "Something replaces Access-Control-Expose-Headers: let it pass it on."
        return Finding("cors", Outcome.WARNING, fact, fix, {"origin": origin})
    fact = f"{origin} may ask and read the answers"
    return Finding("cors", Outcome.OK, fact, measured={"origin": origin})


def _of_preflight(preflight: Arrivals, origin: str) -> tuple[str, str] | None:
    if not 200 <= preflight.status < 300:
        fact = f"the preflight (OPTIONS) is answered with status {preflight.status}"
        return fact, "Let OPTIONS through to the service, without login or redirect."
    if problem := _of_origin(preflight.headers, "preflight", origin):
        return problem
    for name, wanted in (("Methods", "post"), ("Headers", "content-type")):
        allowed = preflight.headers.get(f"Access-Control-Allow-{name}", "").lower()
        if wanted not in allowed and allowed.strip() != "*":
            fact = f"the preflight does not allow {wanted.upper()}"
            fix = f"Something replaces Access-Control-Allow-{name}: let it pass it on."
            return fact, fix
    return None


def _of_origin(
    headers: CIMultiDictProxy[str], where: str, origin: str
) -> tuple[str, str] | None:
    allowed = headers.getall(ALLOW, [])
    if allowed in ([origin], ["*"]):
        return None
    if len(allowed) > 1 or "," in "".join(allowed):
        fix = "A proxy adds its own beside the service's: leave it to one of them."
        return f"the {where} has {ALLOW} more than once", fix
    told = f"allows {allowed[0]} alone" if allowed else f"has no {ALLOW}"
    fix = f"Add {origin} to CORS_ALLOWED_ORIGINS, exactly so, and restart. "
    fix += "If it is there, something on the way removes the header."
    return f"the {where} {told}: browsers keep it from {origin}", fix
