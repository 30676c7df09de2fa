"""What became of a request, in one colour and in few words: the same everywhere.

An ending alone does not tell: an answer that was finished may have been cut off, and
what Z.AI rejects may be the caller's fault, ours or its own.
"""

from dataclasses import dataclass
from enum import StrEnum

from chat.ending import PARTLY, Ending, Extent, Whose
from chat.exchange.outcome import CUT_OFF, FILTERED
from chat.models import RequestLog
from chat.models.request_log import EndingChoices, WhoseChoices
from chat.upstream.codes import find_meaning


class Kind(StrEnum):
    """The colours: of what is fine, of what nobody need look into, and of failures by
    whose they are."""

    OPEN = "open"
    COMPLETED = "completed"  # and whole
    PARTLY = "partly"  # finished, and not whole
    LEFT = "left"
    CALLER = "caller"
    ACCOUNT = "account"
    ZAI = "zai"
    SERVICE = "service"


OPEN = "open"
# Of failures of Z.AI's that came in mid-answer.
BROKE_OFF = {
    Ending.UPSTREAM_FAILED: "broke off",
    Ending.UPSTREAM_TIMEOUT: "fell silent",
}
NO_WORD, THOUGHTS = "without a word", "nothing but thoughts"
# Rows of older versions have nothing of whose a failure is.
WHOSE = {
    Ending.UPSTREAM_FAILED: Whose.ZAI,
    Ending.UPSTREAM_TIMEOUT: Whose.ZAI,
    Ending.INTERRUPTED: Whose.SERVICE,
    Ending.FAILED: Whose.SERVICE,
}
FAILING = frozenset({*WHOSE, Ending.UPSTREAM_REJECTED, Ending.REFUSED})
REFUSALS = {
    "not_configured": Whose.ACCOUNT,
    "at_capacity": Whose.SERVICE,
    "shutting_down": Whose.SERVICE,
    "access_unknown": Whose.SERVICE,
}


@dataclass(frozen=True)
class Verdict:
    """`whose` is empty where nobody failed; `answer` is None where it is not known."""

    kind: Kind
    words: str
    answer: Extent | None = None
    whose: Whose | None = None

    @property
    def blame(self) -> str:
        return str(WhoseChoices(self.whose).label) if self.whose else ""


def verdict_of(row: RequestLog) -> Verdict:
    if row.ending is None:
        return Verdict(Kind.OPEN, OPEN)
    ending, answer, whose = Ending(row.ending), answer_of(row), whose_of(row)
    kind = kind_of(ending, answer, whose)
    return Verdict(kind, _words(row, ending, answer), answer, whose)


def kind_of(ending: str, answer: str | None, whose: str | None) -> Kind:
    """Return the colour of what ended so; None and "" are not known."""
    if whose:
        return Kind(whose)
    if ending != Ending.COMPLETED:
        return Kind.LEFT
    return Kind.PARTLY if answer in PARTLY else Kind.COMPLETED


def answer_of(row: RequestLog) -> Extent | None:
    """Return what there is of the answer; of an older version's row as far as the
    reason tells why it was finished."""
    if row.answer:
        return Extent(row.answer)
    if row.ending != Ending.COMPLETED:
        return None
    if row.finish_reason in FILTERED:
        return Extent.FILTERED
    if row.completion_tokens and row.completion_tokens == row.reasoning_tokens:
        return Extent.EMPTY
    return Extent.CUT_OFF if row.finish_reason in CUT_OFF else None


def whose_of(row: RequestLog) -> Whose | None:
    if row.ending == Ending.STOPPED:  # by who wanted it so
        return None
    if row.whose:
        return Whose(row.whose)
    if row.ending == Ending.UPSTREAM_REJECTED:
        status = (row.error_code or "").removeprefix("http_")
        http_status = int(status) if status.isdecimal() else None
        return find_meaning(row.error_code, http_status).whose
    if row.ending == Ending.REFUSED:
        return REFUSALS.get(row.error_code or "", Whose.CALLER)
    return WHOSE.get(Ending(row.ending)) if row.ending else None


def has_thoughts(row: RequestLog) -> bool:
    return bool(row.reasoning_tokens) or row.first_sign_ms is not None


def _words(row: RequestLog, ending: Ending, answer: Extent | None) -> str:
    if ending is Ending.COMPLETED:
        if answer is Extent.EMPTY:
            return THOUGHTS if has_thoughts(row) else NO_WORD
        if answer in (Extent.CUT_OFF, Extent.FILTERED):
            return answer.value.replace("_", " ")
    if answer is Extent.BROKEN_OFF and ending in BROKE_OFF:
        return BROKE_OFF[ending]
    return str(EndingChoices(ending).label)
