"""The series that a process counts, and where each value lies in a row of cells."""

from enum import StrEnum
from typing import NamedTuple

# Seconds: from a first word at once to an answer that takes ten minutes.
TIMES = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600)
# Of what is ours: milliseconds, unless something is wrong.
OURS = (0.001, 0.0025, 0.005, 0.0075, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
# The buckets, one more for what is above them, and the sum.
HISTOGRAM_CELLS = len(TIMES) + 2

KINDS = ("prompt", "cached", "completion", "reasoning")


class Row(StrEnum):
    """What a row of cells counts; its labels follow in the row's key."""

    REQUESTS = "requests"  # dialect, model, ending, answer, whose
    TIMES = "times"  # model
    USE = "use"  # model, client
    TRIES = "tries"  # model, code
    REFUSALS = "refusals"  # reason
    LEFT_OUT = "left_out"
    COMMITS = "commits"
    LOOP = "loop"
    PROCESS = "process"


class Histogram(NamedTuple):
    """`at`: where in its row it begins."""

    name: str
    words: str
    buckets: tuple[float, ...]
    at: int = 0


_OF_A_REQUEST = (
    ("first_sign", "Until the first sign of an answer, be it a thought", TIMES),
    ("first_word", "Until the first word that a user sees", TIMES),
    ("duration", "Until the end of a request", TIMES),
    ("wait", "In the gate's line, all tries of a request together", TIMES),
    ("added", "What this service added to Z.AI's time", OURS),
)
TIMES_OF_A_REQUEST = tuple(
    Histogram(*one, HISTOGRAM_CELLS * number)
    for number, one in enumerate(_OF_A_REQUEST)
)
COMMIT = Histogram("log_commit", "Of a transaction of the request log", OURS)
LOOP_DELAY = Histogram("loop_delay", "Until an event loop does what is due", OURS)

# In a row of USE, behind the kinds of tokens.
COST_AT = len(KINDS)
CHARGED_AT = COST_AT + 1

CELLS = {
    Row.REQUESTS: 1,
    Row.TIMES: HISTOGRAM_CELLS * len(TIMES_OF_A_REQUEST),
    Row.USE: CHARGED_AT + 1,
    Row.TRIES: 1,
    Row.REFUSALS: 1,
    Row.LEFT_OUT: 1,
    Row.COMMITS: HISTOGRAM_CELLS,
    Row.LOOP: HISTOGRAM_CELLS,
    Row.PROCESS: 1,
}
ROWS = frozenset(Row)
LABELS = {
    Row.REQUESTS: ("dialect", "model", "ending", "answer", "whose"),
    Row.TIMES: ("model",),
    Row.USE: ("model", "client"),
    Row.TRIES: ("model", "code"),
    Row.REFUSALS: ("reason",),
}
