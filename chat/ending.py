"""How a request ended, in the words that the log, its rows and the admin share."""

from enum import StrEnum


class Ending(StrEnum):
    """How an exchange ended. Every exchange has exactly one."""

    COMPLETED = "completed"
    FINISHED_ALONE = "finished_alone"
    CLIENT_DISCONNECTED = "client_disconnected"
    STOPPED = "stopped"
    REFUSED = "refused"
    UPSTREAM_REJECTED = "upstream_rejected"
    UPSTREAM_FAILED = "upstream_failed"
    UPSTREAM_TIMEOUT = "upstream_timeout"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


# Z.AI's answer was finished, whoever heard it.
FINISHED = frozenset({Ending.COMPLETED, Ending.FINISHED_ALONE})
# Failures, but for what we turned away.
FAILURES = frozenset(
    {
        Ending.UPSTREAM_REJECTED,
        Ending.UPSTREAM_FAILED,
        Ending.UPSTREAM_TIMEOUT,
        Ending.INTERRUPTED,
        Ending.FAILED,
    }
)


class Extent(StrEnum):
    """What the caller has of an answer, once nothing more comes."""

    WHOLE = "whole"
    CUT_OFF = "cut_off"  # finished for want of room: `max_tokens`, the context window
    EMPTY = "empty"  # finished without a word or a tool call
    FILTERED = "filtered"  # finished as sensitive
    BROKEN_OFF = "broken_off"
    NONE = "none"


# Of answers that were finished, those of which something is missing.
PARTLY = frozenset({Extent.CUT_OFF, Extent.EMPTY, Extent.FILTERED})


class Whose(StrEnum):
    """Whose a failure is."""

    CALLER = "caller"  # what was asked
    ACCOUNT = "account"  # our key, balance or plan, or our limits at Z.AI
    ZAI = "zai"  # overloaded, broken, broke off, too slow
    SERVICE = "service"  # ours
