"""How much of an answer of Z.AI's is taken, before it counts as unreadable."""

from chat.failures import Failure, UpstreamFailed

# Some ten times the longest that a model writes.
LONGEST_ANSWER = 8 * 1024 * 1024
LONGEST_EVENT = 4 * 1024 * 1024
# Only what is longer may have more values than can be read in a few milliseconds.
LONG_EVENT = 64 * 1024
MOST_VALUES = 50_000
# Bytes that are read in one turn of the event loop: some hundred events at worst.
MOST_AT_ONCE = 16 * 1024
# The same where `TAKEN` came, which is more than waits unread: somebody takes it.
MOST_ONCE_TAKEN = 64 * 1024
TAKEN = 8 * MOST_AT_ONCE


def has_too_many_values(payload: bytes) -> bool:
    """Whether `payload` takes long to read, by what stands before values in JSON."""
    return sum(map(payload.count, (b",", b"[", b"{"))) > MOST_VALUES


def make_unreadable(what: str) -> Failure:
    """Return the failure for what Z.AI sent; `what` goes to the log alone."""
    return UpstreamFailed(
        "Z.AI sent something that could not be read.",
        diagnosis=f"Z.AI sent something unreadable: {what}",
    )
