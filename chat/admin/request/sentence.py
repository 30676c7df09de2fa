"""What went wrong with a request, in a sentence or two, and what to do about it."""

from chat.admin.amounts import UNKNOWN
from chat.admin.verdict import Verdict, has_thoughts
from chat.ending import FINISHED, Extent, Whose
from chat.models import RequestLog
from chat.upstream.codes import advise

LONGER = "ask for a longer one (max_tokens)"
LESS_THOUGHT = 'let it think less (reasoning_effort, "thinking": {"type": "disabled"})'
AGAIN = "Nothing of the request has to change: asking again is the way out."
CONTEXT = "model_context_window_exceeded"
LIMITS = {
    "1302": "requests at a time",
    "1303": "requests a minute",
    "1304": "requests a day",
}
OF_CALLER = "The request has to change: its caller was told why."
CALLER = {
    "unauthenticated": "No key that holds came with it.",
    "not_allowed": "Its client may not ask for this.",
    "rate_limited": "Its client asked more than it may, and told when to come back.",
    "budget_spent": "A budget is spent: it is new at midnight, UTC, or once raised.",
}
CAPACITY = "All of its places were taken (CHAT_MAX_OPEN_EXCHANGES)."
SERVICE = {
    "at_capacity": CAPACITY,
    "shutting_down": "It was being restarted: asking again is the way out.",
    "interrupted": "It was restarted, or died: asking again is the way out.",
    "access_unknown": "It could not read who may ask: is the database there?",
}


def sentence(row: RequestLog, verdict: Verdict) -> str:
    """Return nothing where all went well, or nobody can do anything about it."""
    if row.ending in FINISHED:
        return _of_answer(row, verdict.answer)
    said = _of_failure(row, verdict.whose)
    if verdict.answer is Extent.BROKEN_OFF and said:
        return f"The caller has the beginning of the answer, and no more. {said}"
    return said


def _of_answer(row: RequestLog, answer: Extent | None) -> str:
    if answer is Extent.CUT_OFF:
        if row.finish_reason == CONTEXT:
            return (
                "The answer is cut off: the conversation fills the model’s window. Send"
                " fewer messages, or ask a model with a larger one."
            )
        most = row.parameters.get("max_tokens", UNKNOWN)
        return (
            f"The answer is cut off: it came to the end of max_tokens ({most})."
            f" To have it whole, {LONGER}."
        )
    if answer is Extent.FILTERED:
        return (
            "Z.AI’s filter ended the answer as sensitive. What was asked has to be put"
            " otherwise; asking the same again ends the same."
        )
    if answer is not Extent.EMPTY:
        return ""
    if has_thoughts(row):
        return (
            "The answer has no word that a user could see: all went into thoughts."
            f" To have one, {LONGER}, or {LESS_THOUGHT}."
        )
    return f"Z.AI finished its answer without a word. {AGAIN}"


def _of_failure(row: RequestLog, whose: Whose | None) -> str:
    code = row.error_code or ""
    match whose:
        case Whose.CALLER:
            return CALLER.get(code, OF_CALLER)
        case Whose.ACCOUNT:
            return advise(code) or _of_limit(row, code)
        case Whose.ZAI:
            return f"Z.AI failed. {AGAIN}"
        case Whose.SERVICE:
            known = SERVICE.get(code or str(row.ending))
            return f"This service failed. {known or 'Its log says why.'}"
    return ""


def _of_limit(row: RequestLog, code: str) -> str:
    if code == "not_configured":
        return "ZAI_API_KEY is not set: nothing can be asked of Z.AI."
    if 429 not in (row.status, row.error_status):
        return "Your account at Z.AI refused it: look at its console."
    which = f" ({LIMITS[code]})" if code in LIMITS else ""
    return (
        f"A limit of your account at Z.AI was reached{which}. It passes by itself; a"
        " larger plan has a higher one."
    )
