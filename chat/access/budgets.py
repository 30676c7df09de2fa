"""Which budgets are nearly spent: said in the log once, and to clients in a header."""

import logging
from collections.abc import Iterator
from typing import NamedTuple

from chat.access.asker import STRANGER, Asker
from chat.access.claim import Claim, What
from chat.access.claims import list_claims
from chat.access.directory import directory
from chat.access.ledger import Ledger
from chat.models.request_log import Admitted

logger = logging.getLogger(__name__)

# From then on it is said.
NEARLY = 0.8
MILLION = 1_000_000
MOST_SAID = 10_000
SERVICE = -1


class Budget(NamedTuple):
    """`number` is the client's, 0 for those without a key, and SERVICE. Money is in
    millionths of a US dollar; `period` is day or month."""

    number: int
    period: str
    limit: int
    spent: int


class Nearing:
    """Looks every few seconds; `left` is asked by each request, and asks nobody.

    `budgets` are those there are, as it saw them last.
    """

    def __init__(self) -> None:
        self._left: dict[int, int] = {}
        self.budgets: tuple[Budget, ...] = ()
        self._said: set[tuple[str, bool]] = set()

    def left(self, client_id: int | None) -> int | None:
        """Return what is left of the budget of a client (None: of those without a key)
        in millionths of a US dollar, once that is less than a fifth of it."""
        return self._left.get(client_id or 0)

    def look(self, ledger: Ledger) -> None:
        left: dict[int, int] = {}
        askers = list(_find_askers())
        claims = [claim for _, mine, _ in askers for claim in mine]
        uses = iter(ledger.used(claims)) if claims else iter(())
        budgets: list[Budget] = []
        for number, mine, name in askers:
            for claim in mine:
                spent = next(uses).spent or 0
                if claim.sum:
                    period = claim.sum.period
                    budgets.append(Budget(number, period, claim.limit, spent))
                if spent < NEARLY * claim.limit:
                    continue
                rest = max(0, claim.limit - spent)
                left[number] = min(rest, left.get(number, rest))
                self._say(claim, name, spent)
        self._left, self.budgets = left, tuple(budgets)

    def _say(self, claim: Claim, name: str, spent: int) -> None:
        is_spent = spent >= claim.limit
        if (claim.name, is_spent) in self._said:
            return
        if len(self._said) >= MOST_SAID:
            self._said.clear()
        self._said.add((claim.name, is_spent))
        logger.warning(
            "The budget of %s is %s: %.2f of %.2f US dollars%s",
            name,
            "spent" if is_spent else "nearly spent",
            spent / MILLION,
            claim.limit / MILLION,
            f", new at {claim.sum.resets:%Y-%m-%d %H:%M} UTC" if claim.sum else "",
        )


def _find_askers() -> Iterator[tuple[int, list[Claim], str]]:
    """Yield (client, 0 for none; budgets; what to call it) of all that have some."""
    if mine := _budgets(STRANGER, "open"):
        yield 0, mine, "callers without a key"
    if mine := _budgets(STRANGER, "service"):
        yield SERVICE, mine, "the service"
    for terms in directory.clients():
        if terms.problem is None and (terms.own.per_day or terms.own.per_month):
            asker = Asker(by=Admitted.KEY, terms=terms)
            key = f"client:{terms.client_id}"
            yield terms.client_id, _budgets(asker, key), f"client {terms.client_id}"


def _budgets(asker: Asker, key: str) -> list[Claim]:
    claims = list_claims(asker, "", None, 0)
    return [c for c in claims if c.what is What.BUDGET and c.key == key]
