"""The limit is found in few refusals, kept, and found again when it moves."""

import pytest

from chat.gate.learning import Learned, learn_answer, learn_refusal, start


class Account:
    """One that takes `limit` at a time, asked by somebody who always has more."""

    def __init__(self, limit: int, known: Learned, highest: int | None = None) -> None:
        self.limit = limit
        self.known = known
        self.highest = highest
        self.open: list[int] = []  # at which change each was asked
        self.asked = self.answered = self.refused = self.most = 0

    def answer(self, number: int) -> None:
        while self.answered < number:
            while len(self.open) < self.known.limit:
                self._ask()
            self.open.pop(0)

    def _ask(self) -> None:
        self.asked += 1
        change = self.known.change
        if len(self.open) >= self.limit:
            self.refused += 1
            self.known = learn_refusal(self.known, len(self.open))
            return
        self.open.append(change)
        self.answered += 1
        self.most = max(self.most, len(self.open))
        if len(self.open) >= self.known.limit:
            self.known = learn_answer(self.known, change, self.highest)


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 17, 100])
def test_it_is_asked_hardly_more_often_than_it_answers(limit: int) -> None:
    account = Account(limit, start(None))
    account.answer(500)
    assert account.known.limit in (limit, limit + 1)  # it may be probing
    assert account.refused <= 0.02 * account.answered + 3


def test_a_limit_that_moves_is_followed() -> None:
    account = Account(8, start(None))
    account.answer(200)
    account.limit = 3
    account.answer(300)
    assert account.known.limit in (3, 4)
    account.limit = 8
    account.answer(2000)
    assert account.known.limit in (8, 9)


def test_probes_grow_rare_while_they_are_refused() -> None:
    account = Account(5, start(None))
    account.answer(1000)
    before = account.refused
    account.answer(2000)
    assert account.refused - before <= 2


def test_nobody_asks_above_what_the_operator_allows() -> None:
    account = Account(50, start(6), highest=6)
    account.answer(500)
    assert (account.most, account.refused, account.known.limit) == (6, 0, 6)


def test_what_an_operator_allows_may_be_too_much() -> None:
    account = Account(4, start(10), highest=10)
    account.answer(500)
    assert account.known.limit in (4, 5)


def test_one_that_was_asked_before_the_limit_rose_may_be_the_last_to_begin() -> None:
    """Nobody else begins for as long as the answers last."""
    known = learn_answer(start(None), 0, None, is_last=True)
    assert known.limit == 8
    for _ in range(7):
        known = learn_answer(known, known.change, None)
    assert learn_answer(known, 0, None).limit == 8
    assert learn_answer(known, 0, None, is_last=True).limit == 16


def test_it_is_never_less_than_one() -> None:
    assert learn_refusal(Learned(limit=1), 0).limit == 1
