"""How many questions Z.AI takes at a time: found out, for it is told nowhere.

Pure functions over a state that is small enough to be shared by processes: in a file of
theirs, or in Redis.
"""

from msgspec import Struct
from msgspec.structs import replace

FIRST_LIMIT = 4
HIGHEST_LIMIT = 10_000
# After so many answers one more is tried; after each that was refused, twice as many.
ANSWERS_BEFORE_PROBE = 20
MOST_ANSWERS_BEFORE_PROBE = 1280


class Learned(Struct, frozen=True):
    """`limit` questions may be open at a time.

    `is_doubling`: nothing was refused yet. `is_probing`: the last of `limit` is tried.
    `answers` is how many began while all slots were taken, since `limit` was changed;
    `change` counts those changes.
    """

    limit: int = FIRST_LIMIT
    is_doubling: bool = True
    is_probing: bool = False
    answers: int = 0
    answers_before_probe: int = ANSWERS_BEFORE_PROBE
    change: int = 0


def start(highest: int | None) -> Learned:
    """Return what is known when nothing is: of `highest` all is taken for granted."""
    if highest is None:
        return Learned()
    return Learned(limit=highest, is_doubling=False)


def learn_answer(
    known: Learned,
    asked_at_change: int,
    highest: int | None,
    *,
    is_last: bool = False,
) -> Learned:
    """Return what is known once an answer began while all slots were taken.

    `asked_at_change` is what `change` was as it was asked: who was asked before the
    limit was raised says nothing of the new one, unless it `is_last`: then all others
    have begun too, and Z.AI takes as many; long answers let nobody else begin.
    """
    most = highest or HIGHEST_LIMIT
    is_trial = known.is_doubling or known.is_probing
    if is_trial and not is_last and asked_at_change != known.change:
        return known
    known = replace(known, answers=known.answers + 1)
    is_round = is_last or known.answers >= known.limit
    if known.is_doubling:
        if not is_round:
            return known
        return _change(known, min(2 * known.limit, most))
    if known.is_probing and is_round:
        known = replace(
            known, is_probing=False, answers_before_probe=ANSWERS_BEFORE_PROBE
        )
    if known.answers < known.answers_before_probe or known.limit >= most:
        return known
    return replace(_change(known, known.limit + 1), is_probing=True)


def learn_refusal(known: Learned, ran: int) -> Learned:
    """Return what is known once one was refused while `ran` others were not."""
    rarer = known.answers_before_probe
    if known.is_probing:
        rarer = min(2 * rarer, MOST_ANSWERS_BEFORE_PROBE)
    less = _change(known, max(1, min(known.limit, ran)))
    return replace(
        less, is_doubling=False, is_probing=False, answers_before_probe=rarer
    )


def _change(known: Learned, limit: int) -> Learned:
    return replace(known, limit=limit, answers=0, change=known.change + 1)
