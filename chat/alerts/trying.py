"""When it is tried again to tell something, and for how long."""

from datetime import timedelta

# One process at a time tries; if it dies meanwhile, another does after this.
LEASE = timedelta(seconds=60)
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=5)
# About an hour and a quarter.
MOST_TRIES = 20


def wait_after(tries: int) -> timedelta:
    """How long to wait after so many tries that failed."""
    doublings: int = 2 ** min(tries - 1, 10)
    return min(FIRST_WAIT * doublings, LONGEST_WAIT)
