"""Percentiles from a histogram whose buckets each reach a tenth further."""

from collections.abc import Mapping

GROWTH = 1.1  # bucket n holds times from 1.1**n to 1.1**(n+1) ms
EXACT_TO = "10 %"


def percentile(histogram: Mapping[int, int], share: float) -> float | None:
    """Return the time in ms that `share` (0 to 1) of the requests did not exceed.

    None if nothing was measured. The bucket is certain, the place within it is
    interpolated: off by a tenth at most.
    """
    rank = share * sum(histogram.values())
    below = 0
    for bucket, requests in sorted(histogram.items()):
        if requests and below + requests >= rank:
            low = GROWTH**bucket
            return low + low * (GROWTH - 1) * max(rank - below, 0) / requests
        below += requests
    return None
