from datetime import UTC, date, datetime

import pytest

from chat.access.claim import money, place, turn
from chat.models.spending import Period, Scope
from chat.requestlog.sums import Sum, user_key


def test_a_name_tells_sums_apart_and_not_who_a_user_is() -> None:
    sums = [
        Sum(period, start, scope, client, user)
        for period in Period
        for start in (date(2026, 11, 1), date(2026, 12, 1))
        for scope, client, user in (
            (Scope.SERVICE, 0, ""),
            (Scope.OPEN, 0, ""),
            (Scope.CLIENT, 1, ""),
            (Scope.CLIENT, 2, ""),
            (Scope.USER, 1, "ann@example.com"),
            (Scope.USER, 2, "ann@example.com"),
            (Scope.USER, 1, "\udc80 no text"),
        )
    ]
    names = {of.name for of in sums}
    assert len(names) == len(sums)
    assert not any("ann" in name for name in names)
    assert max(map(len, names)) < 80


def test_what_is_counted_apart_has_names_of_its_own() -> None:
    of = Sum(Period.DAY, date(2026, 11, 26), Scope.CLIENT, 3)
    claims = [place("client:3", 1), turn("client:3", 1), money("client:3", 1, 1, of)]
    assert len({claim.name for claim in claims}) == 3


def test_a_user_is_not_mixed_up_with_another_clients() -> None:
    assert user_key(1, "1:ann") != user_key(11, ":ann")


@pytest.mark.parametrize(
    ("period", "start", "resets"),
    [
        (Period.DAY, date(2026, 11, 26), datetime(2026, 11, 27, tzinfo=UTC)),
        (Period.DAY, date(2026, 12, 31), datetime(2027, 1, 1, tzinfo=UTC)),
        (Period.MONTH, date(2026, 12, 1), datetime(2027, 1, 1, tzinfo=UTC)),
        (Period.MONTH, date(2028, 2, 1), datetime(2028, 3, 1, tzinfo=UTC)),
    ],
)
def test_a_budget_is_new_at_midnight(
    period: Period, start: date, resets: datetime
) -> None:
    assert Sum(period, start, Scope.SERVICE).resets == resets
