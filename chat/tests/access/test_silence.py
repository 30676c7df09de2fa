"""A database that takes a question, and never answers."""

import asyncio
import threading
from collections.abc import Collection, Iterator, Mapping

import pytest

from chat.access.claim import Claim, money
from chat.access.local import LocalLedger
from chat.requestlog.sums import Sum, user_key
from chat.tests.access.bank import a_day

USERS = 40


class Silent:
    """It has the questions, and `over` ends the silence."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.asked = 0

    def read_sums(self, sums: Collection[Sum]) -> Mapping[Sum, int]:
        self.asked += 1
        assert self.over.wait(60)
        return dict.fromkeys(sums, 900)


@pytest.fixture
def silent() -> Iterator[Silent]:
    silent = Silent()
    yield silent
    silent.over.set()


def of(user: str, amount: int = 100) -> list[Claim]:
    return [money(user_key(1, user), amount, 1000, a_day(user=user))]


async def test_one_thread_waits_and_nobody_else_does(silent: Silent) -> None:
    """Other work needs threads too: here it gets one at once."""
    ledger = LocalLedger(silent.read_sums, None)
    assert (await ledger.hold("first", of("first"))).short is None
    assert ledger.problems()
    held = await asyncio.gather(
        *(ledger.hold(f"r{n}", of(f"user-{n}")) for n in range(USERS))
    )
    assert all(one.short is None for one in held)
    assert silent.asked == 1
    assert await asyncio.wait_for(asyncio.to_thread(int), 10) == 0

    silent.over.set()
    while ledger.problems():  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    short = (await ledger.hold("again", of("user-0", 200))).short
    assert short
    assert short.is_settled
