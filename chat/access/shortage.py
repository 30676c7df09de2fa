"""Does a claim fit into what is left, and if not, what stands in the way?"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from chat.access.claim import Claim, Quota, Short, What


class Figures(NamedTuple):
    """What is taken of a claim's thing: `held` by open requests, of a rate in the last
    minute; `settled` for good; `quota` of a rate alone."""

    held: int = 0
    settled: int = 0
    quota: Quota | None = None


def fits(claim: Claim, figures: Figures) -> bool:
    if figures.quota:
        return figures.quota.allowed
    return figures.settled + figures.held + claim.amount <= claim.limit


def find_short(claims: Iterable[Claim], figures: Iterable[Figures]) -> Short | None:
    """Return what does not fit: first of what is spent, then of all; None if all does.

    Whoever waits for an open request to end would wait in vain if a budget is spent.
    """
    found = None
    for claim, taken in zip(claims, figures, strict=True):
        if fits(claim, taken):
            continue
        short = _short(claim, taken)
        if short.is_settled:
            return short
        found = found or short
    return found


def _short(claim: Claim, taken: Figures) -> Short:
    if taken.quota:
        after = timedelta(seconds=taken.quota.reset_seconds)
        return Short(claim, taken.held, False, datetime.now(UTC) + after)
    is_settled = (
        claim.what is What.BUDGET and taken.settled + claim.amount > claim.limit
    )
    used = taken.settled if is_settled else taken.settled + taken.held
    return Short(claim, used, is_settled, claim.sum.resets if claim.sum else None)
