"""What the open requests of this process hold, and what their ends have cost."""

import time
from collections.abc import Iterable, Sequence

from chat.access.claim import Claim, What
from chat.requestlog.sums import Sum

# Of requests whose cost the database never gets, for it is away, or the log is full.
MOST_HOLDS = 50_000
SECONDS_TO_HOLD = 24 * 3600.0
OPEN_AT_ONCE = What.OPEN_AT_ONCE  # looked up for each claim of each request

# By name: what is held, and what was charged that the database does not have yet.
Amounts = dict[str, list[int]]


class Hold:
    """The claims of one request; `charged` is None while it is open."""

    __slots__ = ("budgets", "charged", "places", "since")

    def __init__(self, claims: Iterable[Claim]) -> None:
        self.places: list[str] = []
        self.budgets: list[tuple[Sum, int]] = []
        for claim in claims:
            if claim.sum is not None:
                self.budgets.append((claim.sum, claim.amount))
            elif claim.what is OPEN_AT_ONCE:
                self.places.append(claim.name)
        self.charged: int | None = None
        self.since = time.monotonic()


class Holds:
    """Not for several threads at once.

    `changes` gets what is changed, beside, where it is not None.
    """

    def __init__(self) -> None:
        self._holds: dict[str, Hold] = {}
        self.amounts: Amounts = {}
        self.changes: Amounts | None = None
        self.forgotten = 0

    def __contains__(self, hold_id: str) -> bool:
        return hold_id in self._holds

    def __len__(self) -> int:
        return len(self._holds)

    def take(self, hold_id: str, claims: Sequence[Claim], *, told: bool = True) -> None:
        """Hold `claims` for `hold_id`; not `told`: `changes` is not to have it.

        Raises ValueError if something is held for it already.
        """
        hold = Hold(claims)
        if not hold.places and not hold.budgets:
            return
        if hold_id in self._holds:
            raise ValueError("Something is held for this request already.")
        self._holds[hold_id] = hold
        changes, self.changes = self.changes, self.changes if told else None
        self._change(hold, 1)
        self.changes = changes

    def settle(self, hold_id: str, charged: int) -> Hold | None:
        """Return the hold if it was open until now."""
        hold = self._holds.get(hold_id)
        if hold is None or hold.charged is not None:
            return None
        hold.charged = charged
        self._change(hold, -1, charged)
        return hold

    def release(self, hold_id: str) -> None:
        hold = self._holds.pop(hold_id, None)
        if hold is None:
            return
        if hold.charged is None:
            self._change(hold, -1)
        elif hold.charged:
            self._change(hold, 0, -hold.charged)

    def undo(self, claims: Sequence[Claim]) -> None:
        """Have it told that `claims` were taken for nobody."""
        amounts, self.amounts = self.amounts, {}
        self._change(Hold(claims), -1)
        self.amounts = amounts

    def held(self, name: str) -> int:
        amounts = self.amounts.get(name)
        return amounts[0] if amounts else 0

    def charged(self, name: str) -> int:
        amounts = self.amounts.get(name)
        return amounts[1] if amounts else 0

    def forget_oldest(self) -> int:
        """Release what is there for too long, or too much; return how many that were.

        A hold that stays is of a request that ended long ago, or of one whose end was
        never told: neither is to count for ever.
        """
        before = time.monotonic() - SECONDS_TO_HOLD
        too_many = len(self._holds) - MOST_HOLDS
        old: list[str] = []
        for hold_id, hold in self._holds.items():
            if hold.since > before and len(old) >= too_many:
                break
            old.append(hold_id)
        for hold_id in old:
            self.release(hold_id)
        self.forgotten += len(old)
        return len(old)

    def _change(self, hold: Hold, sign: int, charged: int = 0) -> None:
        """Add to what is held, `sign` times, and to what was charged."""
        for amounts in (self.amounts, self.changes):
            if amounts is not None:
                _add_to(amounts, hold, sign, charged)


def _add_to(amounts: Amounts, hold: Hold, sign: int, charged: int) -> None:
    if sign:
        for name in hold.places:
            known = amounts.setdefault(name, [0, 0])
            known[0] += sign
            if not known[0] and not known[1]:
                del amounts[name]
    for of, amount in hold.budgets:
        name = of.name
        known = amounts.setdefault(name, [0, 0])
        known[0] += sign * amount
        known[1] += charged
        if not known[0] and not known[1]:
            del amounts[name]
