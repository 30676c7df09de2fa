"""What it was that answered in the place of the service, or why the service refused."""

import email.utils
from typing import Any

import msgspec

from chat.doctor.arrivals import Arrivals
from chat.doctor.clock import now
from chat.doctor.finding import Finding, Outcome
from chat.doctor.order import SECONDS_TO_REDEEM


def foreign(arrivals: Arrivals) -> Finding:
    return Finding("reachable", Outcome.PROBLEM, *_told(arrivals))


def _told(arrivals: Arrivals) -> tuple[str, str]:
    status, broke = arrivals.status, arrivals.broke
    if not status:
        fact = f"the connection was made, but no answer came: {broke}"
        return fact, "Look at the log of the server that listens there."
    fact = f"the answer is HTTP {status}"
    if 300 <= status < 400:
        to = arrivals.headers.get("Location", "nowhere")
        fix = "Give that address here and to your pages"
        if status in (301, 302, 303):
            fix += ": after this status browsers turn a POST into a GET"
        return f"{fact}, a redirect to {to}", fix + "."
    error = error_of(arrivals)
    if error is not None:
        return _refusal(fact, error, arrivals)
    if "html" in arrivals.headers.get("Content-Type", ""):
        fact += ", a web page"
    return fact, _FOREIGN.get(status, _FOREIGN[200])


WITH_A_KEY = "With a key: --header 'Authorization: Bearer KEY'."
_FOREIGN = {
    200: "Another server answers: look at the address and its path, and where the "
    "proxy sends it. A route handler of your own has to pass bodies on as they are.",
    400: "Another server answers: is its port one for https://?",
    401: "Something asks for a login. Run the doctor from behind it, or give it what a "
    "browser that is logged in sends: --header 'Cookie: NAME=VALUE'.",
    403: "Something on the way forbids it, such as a firewall for web applications.",
    404: "The path is not the service's: /api/chat at the end?",
    405: "The path takes no POST: is it the service's?",
    413: "Something on the way takes no bodies.",
    429: "Something on the way limits requests. Try again later.",
    500: "The proxy fails. Next.js does so where the service does not listen at the "
    "`destination` of its rewrite.",
    502: "The proxy does not reach the service: does it run, and is it the proxy's "
    "upstream?",
    503: "The proxy does not reach the service, or it is being restarted.",
    504: "The proxy reaches nobody who answers.",
}


def error_of(arrivals: Arrivals) -> dict[str, Any] | None:
    """The error in the service's own shape, if this is one."""
    try:
        said = msgspec.json.decode(arrivals.body)
    except (msgspec.DecodeError, UnicodeError):
        return None
    error = said.get("error") if isinstance(said, dict) else None
    return error if isinstance(error, dict) and "message" in error else None


def _refusal(fact: str, error: dict[str, Any], arrivals: Arrivals) -> tuple[str, str]:
    fact = f"{fact}: {error['message']}"
    if error.get("param") == "messages":
        fact = "the service answers, but does not know this SECRET_KEY as its own"
        return fact, _other_key(arrivals)
    if error.get("code") == "unauthenticated":
        fact = "the door is locked, and does not open to this SECRET_KEY"
        return fact, f"{_other_key(arrivals)} {WITH_A_KEY}"
    if "Host header" in error["message"]:
        fix = "Add the name to ALLOWED_HOSTS, or have the proxy pass Host on."
        return fact, fix
    match arrivals.status:
        case 401 | 403:
            return fact, _FOREIGN[arrivals.status]
        case 404:
            return fact, "The path is not that of the chat: /api/chat at the end?"
        case 405 | 415:
            return fact, "Something on the way changes the method or the headers."
        case 429 | 503:
            return fact, "Try again in a moment."
        case 502 | 504:
            return fact, _FOREIGN[502]
        case 500:
            return fact, "The service's log says why. Was `manage.py migrate` run?"
    return fact, "The service's log says more, by the X-Request-ID."


def _other_key(arrivals: Arrivals) -> str:
    fix = (
        "Run the doctor where the service's .env is, or with its SECRET_KEY in the "
        "environment; is its version one that has the doctor? If it runs on the "
        "simulator, --simulator needs no key."
    )
    apart = _clocks_apart(arrivals)
    if apart < SECONDS_TO_REDEEM - 10:
        return fix
    clocks = f"The clocks here and there differ by {apart:.0f} s, which is too much"
    return f"{clocks}: set them. If that is not all: {fix}"


def _clocks_apart(arrivals: Arrivals) -> float:
    """In seconds, by the Date of the answer; 0 if it has none."""
    try:
        date = email.utils.parsedate_to_datetime(arrivals.headers.get("Date", ""))
    except ValueError:
        return 0.0
    return abs(date.timestamp() - now())
