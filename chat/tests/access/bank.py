"""What the database has, as far as a ledger asks for it; and claims to make of it."""

import threading
from collections.abc import Collection
from datetime import date

from chat.access.claim import Claim, money, place, turn
from chat.models.spending import Period, Scope
from chat.requestlog.sums import Sum, user_key

DAY = date(2099, 11, 26)
MONTH = DAY.replace(day=1)


class Away(Exception):
    """Of a database."""


class Bank:
    def __init__(self) -> None:
        self.totals: dict[Sum, int] = {}
        self.held: dict[str, int] = {}
        self.is_away = False
        self.questions: list[list[Sum]] = []
        self._lock = threading.Lock()

    def read_sums(self, sums: Collection[Sum]) -> dict[Sum, int]:
        self.questions.append(list(sums))
        if self.is_away:
            raise Away
        return {of: self.totals[of] for of in sums if of in self.totals}

    def read_held(self) -> dict[str, int]:
        if self.is_away:
            raise Away
        return dict(self.held)

    def commit(self, charged: int, *sums: Sum) -> dict[Sum, int]:
        """Add a cost to sums; return the new totals of these."""
        with self._lock:
            for of in sums:
                self.totals[of] = self.totals.get(of, 0) + charged
            return {of: self.totals[of] for of in sums}


def a_day(client: int = 1, user: str = "") -> Sum:
    return Sum(Period.DAY, DAY, Scope.USER if user else Scope.CLIENT, client, user)


def a_month(client: int = 1, user: str = "") -> Sum:
    return Sum(Period.MONTH, MONTH, Scope.USER if user else Scope.CLIENT, client, user)


def everything(
    amount: int = 1000, *, limit: int = 10**9, most: int = 10**6, user: str = "ann"
) -> list[Claim]:
    """All that a request can take: of a client, of a user, of the service."""
    key = user_key(1, user)
    service = [
        Sum(Period.DAY, DAY, Scope.SERVICE),
        Sum(Period.MONTH, MONTH, Scope.SERVICE),
    ]
    return [
        turn("client:1", most),
        turn(key, most),
        place("client:1", most),
        place(key, most),
        *(money("service", amount, limit, of) for of in service),
        *(money("client:1", amount, limit, of) for of in (a_day(), a_month())),
        *(
            money(key, amount, limit, of)
            for of in (a_day(user=user), a_month(user=user))
        ),
    ]
