"""What holds of a ledger, whoever counts."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from chat.access.claim import Use, What, money, place, turn
from chat.access.ledger import Ledger
from chat.tests.access.bank import Bank, a_day, a_month, everything
from chat.tests.access.conftest import MakeLedger


async def test_of_many_at_once_as_many_pass_as_there_is_room_for(
    ledger: Ledger, bank: Bank
) -> None:
    bank.totals[a_day()] = 400
    claims = [money("client:1", 60, 1000, a_day())]
    held = await asyncio.gather(*(ledger.hold(f"r{i}", claims) for i in range(50)))
    shorts = [one.short for one in held if one.short]
    assert len(shorts) == 40
    for short in shorts:
        assert (short.used, short.is_settled) == (1000, False)
        assert short.resets == datetime(2099, 11, 27, tzinfo=UTC)
    assert ledger.used(claims) == [Use(600, 400)]


async def test_what_is_spent_is_told_before_what_is_only_held(
    ledger: Ledger, bank: Bank
) -> None:
    bank.totals[a_month()] = 950
    claims = [
        place("client:1", 1),
        money("client:1", 60, 100, a_day()),
        money("client:1", 60, 1000, a_month()),
    ]
    await ledger.hold("other", claims[:2])
    short = (await ledger.hold("mine", claims)).short
    assert short
    assert (short.claim, short.used, short.is_settled) == (claims[2], 950, True)
    assert short.resets == datetime(2099, 12, 1, tzinfo=UTC)


async def test_all_is_taken_or_nothing(ledger: Ledger) -> None:
    claims = [
        turn("client:1", 10),
        place("client:1", 10),
        money("client:1", 60, 1000, a_day()),
        place("user", 0),
    ]
    held = await ledger.hold("mine", claims)
    assert held.short
    assert held.short.claim == claims[3]
    assert (held.short.used, held.short.is_settled, held.short.resets) == (
        0,
        False,
        None,
    )
    assert [quota.remaining for quota in held.quotas] == [10]
    assert ledger.used(claims) == [Use(0), Use(0), Use(0, 0), Use(0)]


async def test_places_are_free_when_a_request_ends_and_its_cost_is_charged(
    ledger: Ledger, bank: Bank
) -> None:
    claims = everything(1000, limit=2000, most=1)[2:]
    assert (await ledger.hold("a", claims)).short is None
    short = (await ledger.hold("b", claims)).short
    assert short
    assert short.claim.what is What.OPEN_AT_ONCE
    ledger.settle("a", 700)
    assert (await ledger.hold("b", claims)).short is None
    ledger.settle("b", 700)
    short = (await ledger.hold("c", claims)).short
    assert short
    assert (short.claim.what, short.used, short.is_settled) == (What.BUDGET, 1400, True)


async def test_a_cost_counts_once_before_and_after_the_database_has_it(
    ledger: Ledger, bank: Bank
) -> None:
    claims = [money("client:1", 500, 1100, a_day())]
    for number in range(3):
        name = f"r{number}"
        assert (await ledger.hold(name, claims)).short is None
        ledger.settle(name, 300)
        assert sum_of(ledger.used(claims)[0]) == 300 * (number + 1)
        if number < 2:
            totals = bank.commit(300, a_day())
            ledger.committed(totals, [name])
            assert sum_of(ledger.used(claims)[0]) == 300 * (number + 1)
    short = (await ledger.hold("last", claims)).short
    assert short
    assert (short.used, short.is_settled) == (900, True)


def sum_of(use: Use) -> int:
    return use.held + (use.spent or 0)


async def test_nothing_is_given_back_twice(ledger: Ledger, bank: Bank) -> None:
    claims = everything()[2:]
    await ledger.hold("other", claims)
    await ledger.hold("mine", claims)
    for _ in range(3):
        ledger.settle("mine", 100)
    ledger.committed(bank.commit(100, *(c.sum for c in claims if c.sum)), ["mine"])
    ledger.committed({}, ["mine"])
    ledger.release("mine")
    ledger.settle("mine", 100)
    places, budgets = [Use(1)] * 2, [Use(1000, 100)] * 6
    assert ledger.used(claims) == places + budgets


async def test_a_request_that_cost_nothing_leaves_nothing(ledger: Ledger) -> None:
    claims = everything()
    await ledger.hold("a", claims)
    ledger.release("a")
    await ledger.hold("b", claims)
    ledger.settle("b", 0)
    assert ledger.used(claims) == [Use(2)] * 2 + [Use(0)] * 2 + [Use(0, 0)] * 6


async def test_what_was_committed_first_may_be_told_last(
    ledger: Ledger, bank: Bank
) -> None:
    claims = [money("client:1", 1, 1000, a_day())]
    await ledger.hold("a", claims)
    ledger.committed({a_day(): 500}, [])
    ledger.committed({a_day(): 400}, [])
    assert ledger.used(claims) == [Use(1, 500)]


async def test_a_rate_lets_in_as_many_as_it_says(ledger: Ledger) -> None:
    claims = [turn("client:1", 5), turn("user", 3)]
    held = [await ledger.hold(f"r{i}", claims) for i in range(5)]
    assert [one.short is None for one in held] == [True] * 3 + [False] * 2
    assert [q.remaining for q in held[0].quotas] == [4, 2]
    assert [q.remaining for q in held[2].quotas] == [2, 0]
    assert all(50 < q.reset_seconds <= 60 for q in held[0].quotas)
    short, quotas = held[4].short, held[4].quotas
    assert short
    assert (short.claim, short.used, short.is_settled) == (claims[1], 3, False)
    assert short.resets
    until = short.resets - datetime.now(UTC)
    assert timedelta(seconds=50) < until <= timedelta(seconds=60)
    assert [q.allowed for q in quotas] == [True, False]
    assert quotas[0].remaining == 2  # who is refused is not counted


async def test_a_limit_that_is_lowered_holds_at_once(ledger: Ledger) -> None:
    for number in range(5):
        assert (await ledger.hold(f"r{number}", [turn("client:1", 100)])).short is None
    held = await ledger.hold("r", [turn("client:1", 2)])
    assert held.short
    assert held.quotas[0].remaining == 0
    assert (await ledger.hold("r", [turn("client:1", 6)])).short is None


async def test_money_is_counted_exactly(ledger: Ledger, bank: Bank) -> None:
    much = 2**53 - 3
    bank.totals[a_day()] = much - 2
    claims = [money("client:1", 1, much, a_day())]
    for name in "ab":
        assert (await ledger.hold(name, claims)).short is None
    assert (await ledger.hold("c", claims)).short
    assert ledger.used(claims) == [Use(2, much - 2)]


async def test_the_database_is_asked_once_for_many(ledger: Ledger, bank: Bank) -> None:
    claims = everything()
    await asyncio.gather(*(ledger.hold(f"r{i}", claims) for i in range(20)))
    await ledger.hold("once more", claims)
    assert [len(sums) for sums in bank.questions] == [6]


async def test_what_nobody_knows_is_counted_from_nought_until_it_can_be_read(
    ledger: Ledger, bank: Bank
) -> None:
    claims = [money("client:1", 500, 1000, a_day())]
    bank.totals[a_day()] = 900
    bank.is_away = True
    held = [await ledger.hold(name, claims) for name in "abc"]
    assert [bool(one.short) for one in held] == [False, False, True]
    assert "could not be read" in ledger.problems()[0]


async def test_while_the_database_is_away_what_was_known_counts(
    ledger: Ledger, bank: Bank
) -> None:
    claims = [money("client:1", 500, 1000, a_day())]
    bank.totals[a_day()] = 300
    assert (await ledger.hold("a", claims)).short is None
    bank.is_away = True
    ledger.settle("a", 100)
    assert (await ledger.hold("b", claims)).short is None
    assert (await ledger.hold("c", claims)).short
    assert ledger.used(claims) == [Use(600, 300)]


async def test_without_a_log_the_process_adds_up(make: MakeLedger, bank: Bank) -> None:
    ledger = make(read_sums=None, read_held=None)
    claims = [money("open", 500, 1000, a_day())]
    for number, short in enumerate([False, False, True]):
        held = await ledger.hold(f"r{number}", claims)
        assert bool(held.short) is short
        ledger.settle(f"r{number}", 400)
        ledger.refresh()
    assert held.short
    assert held.short.is_settled
    assert ledger.used(claims) == [Use(0, 800)]
    assert not bank.questions


async def test_a_request_holds_once(ledger: Ledger) -> None:
    claims = [place("client:1", 5)]
    await ledger.hold("a", claims)
    with pytest.raises(ValueError):
        await ledger.hold("a", claims)
    assert ledger.used(claims) == [Use(1)]
