"""One thing that may happen to a cluster."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from cluster.ground import Cluster


class CannotBeTried(Exception):
    """What is missing here for a trial."""


# Given for how many seconds it is to last: it happens where `with` begins, lasts
# inside, and is mended where that ends. Raises CannotBeTried, and AssertionError for
# what its own callers were told wrongly.
Trial = Callable[[Cluster, float], AbstractContextManager[None]]


def trial(function: Callable[[Cluster, float], Iterator[None]]) -> Trial:
    return contextmanager(function)
