"""What a failed try says of when Z.AI may be asked again."""

from enum import Enum

from chat.ending import Ending, Whose
from chat.failures import Failure


class Verdict(Enum):
    TOO_MANY = "too many at a time"  # others of ours run, or come too often
    SPENT = "spent until a time"  # a limit of hours, days or money
    ACCOUNT = "the account"  # key, balance, plan
    AILING = "ailing"  # cannot be reached, or broken
    OTHER = "other"  # says nothing of others


# Of these it is known that they end by themselves; of the others of this kind only
# where a time is told.
ALWAYS_SPENT = {"1308", "1310", *(str(code) for code in range(1316, 1322))}


def judge(failure: Failure) -> Verdict:
    """Return what `failure`, of a try, means for those who have yet to ask."""
    if failure.whose is Whose.ACCOUNT:
        if failure.status != 429:
            return Verdict.ACCOUNT if failure.for_operator else Verdict.OTHER
        if failure.transient:
            return Verdict.TOO_MANY
        is_spent = failure.code in ALWAYS_SPENT or failure.retry_after
        return Verdict.SPENT if is_spent else Verdict.OTHER
    is_broken = failure.transient and failure.status >= 500
    if failure.whose is Whose.ZAI and is_broken:
        return Verdict.AILING
    return Verdict.OTHER


def is_a_refusal(failure: Failure) -> bool:
    """Whether Z.AI, and not the network, said so."""
    return failure.ending is Ending.UPSTREAM_REJECTED
