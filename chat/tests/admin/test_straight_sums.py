"""Every tile, card and chart beside a straight sum over the rows, in a zone whose
clocks were changed in the month that is looked at."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chat.admin.callers.caller import Caller
from chat.admin.callers.days import days_of
from chat.admin.callers.spent import Spent, of_all
from chat.admin.callers.who import who, windows
from chat.admin.overview import money, panels, why
from chat.admin.overview.choosing import read
from chat.admin.overview.figures import Figures, figures
from chat.admin.overview.groups import GROUPS, group_of
from chat.admin.overview.heading import heading
from chat.admin.overview.percentiles import percentile
from chat.admin.overview.period import Period
from chat.admin.overview.sums import Reason
from chat.admin.overview.tiles import MEASURES
from chat.models import CallerKind, Client, RequestLog
from chat.tests.requestlog.making import record, store
from chat.tests.requestlog.sums import tallies_agree

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 5, 12, 20, tzinfo=UTC)
BEGAN = datetime(2026, 8, 30, tzinfo=UTC)
ROWS = 1_500
QUERIES: list[dict[str, str]] = [
    *({"span": key} for key in ("hour", "day", "week", "month")),
    {"month": "2026-10"},
    {"month": "2026-11"},
    {"day": "2026-10-25"},
    {"day": "2026-11-04"},
    {"from": "2026-10-24T10:17", "to": "2026-10-26T09:03"},
    {"from": "2026-11-05T11:13", "to": "2026-11-05T12:41"},
]
HOW: list[dict[str, Any]] = [
    {"ending": "completed", "answer": "whole"},
    {"ending": "completed", "answer": "whole"},
    {"ending": "completed", "answer": "cut_off"},
    {"ending": "completed", "answer": "empty"},
    {"ending": "client_disconnected", "answer": "broken_off"},
    {"ending": "stopped", "whose": "service", "error_code": "stopped"},
    {"ending": "refused", "whose": "caller", "error_code": "invalid_request"},
    {"ending": "upstream_rejected", "whose": "account", "error_code": "1302"},
    {"ending": "upstream_rejected", "whose": "zai", "error_code": "1305"},
    {"ending": "upstream_failed", "whose": "zai", "answer": "broken_off"},
    {"ending": "failed", "whose": "service"},
]

Rows = list[RequestLog]


@pytest.fixture
def rows(settings: Any) -> Rows:
    """Requests of ten weeks, more of them of late, as the log stores them."""
    chance = random.Random(13)
    shop = Client.objects.create(name="Shop")
    made = [_one(chance, shop.pk) for _ in range(ROWS)]
    into = store()
    for start in range(0, ROWS, 500):
        into.write(made[start : start + 500])
    settings.ADMIN_TIME_ZONE = "Europe/Berlin"
    return list(RequestLog.objects.all())


def _one(chance: random.Random, client: int) -> Any:
    ago = (NOW - BEGAN) * chance.random() ** 4
    how = chance.choice(HOW)
    prompt, words = chance.randrange(900), chance.randrange(900)
    usd = Decimal(chance.randrange(1, 10**6)) / 10**6
    known = how["ending"] == "completed"
    return record(
        created_at=NOW - ago,
        answered_model=chance.choice(["glm-4.6", "glm-5", "glm-5.3", None]),
        client_id=chance.choice([client, None]),
        user_id=chance.choice(["anna", "ben", "chao", None]),
        address=chance.choice(["203.0.113.7", "2001:db8::1"]),
        status=200,
        first_sign_ms=chance.randrange(200, 4_000),
        first_word_ms=chance.choice([None, chance.randrange(4_000, 6_000)]),
        duration_ms=chance.randrange(4_000, 40_000),
        prompt_tokens=prompt if known else None,
        cached_tokens=prompt // 3 if known else None,
        completion_tokens=words if known else None,
        reasoning_tokens=words // 2 if known else None,
        cost_usd=usd if known else None,
        charged_usd=usd,
        is_estimated=not known,
        **how,
    )


def test_all_of_the_overview_is_what_the_rows_add_up_to(rows: Rows) -> None:
    assert tallies_agree()
    for query in QUERIES:
        period = read(query, NOW)
        found = figures(period, NOW)
        of_period = within(rows, period.since, period.until)
        _compare_totals(found, of_period)
        _compare_reasons(found, of_period)
        _compare_bins(found, rows)
        _compare_times(found, of_period)
        _compare_callers(period, rows)
    _compare_heading(rows)


def _compare_totals(found: Figures, rows: Rows) -> None:
    total = found.total
    assert total.requests == len(rows)
    for name in ("prompt", "cached", "completion", "reasoning"):
        column = f"{name}_tokens"
        assert getattr(total, column) == added(rows, lambda r, c=column: getattr(r, c))
    assert total.cost_usd == added(rows, lambda row: row.cost_usd)
    assert total.estimated_usd == added(rows, guess)
    assert total.priced == sum(row.cost_usd is not None for row in rows)
    by_model = Counter(row.answered_model or "" for row in rows)
    assert {name: of.requests for name, of in found.models} == by_model
    for name, of_model in found.models:
        own = [row for row in rows if (row.answered_model or "") == name]
        assert of_model.cost_usd == added(own, lambda row: row.cost_usd)
        assert of_model.estimated_usd == added(own, guess)


def _compare_reasons(found: Figures, rows: Rows) -> None:
    groups = Counter(group_of(reason(row)) for row in rows)
    assert found.by_group == groups
    failing = [row for row in rows if group_of(reason(row)).whose]
    assert found.failures == len(failing)
    lines = panels.endings(found)
    assert sum(int(row["count"].replace(",", "")) for row in lines) == len(rows)
    cut_off = sum(row.answer == "cut_off" for row in rows)
    assert sum(_count(r) for r in lines if r["name"].startswith("cut off")) == cut_off
    told = why.reasons(found)
    assert sum(map(_count, told)) == len(failing)
    for line in told:
        own = [row for row in failing if (row.error_code or "–") == line["code"]]
        assert own and min(row.created_at for row in own) <= max(
            row.created_at for row in own
        )
    codes = Counter(row.error_code or "–" for row in failing)
    assert Counter({line["code"]: 0 for line in told}).keys() == codes.keys()


def _compare_bins(found: Figures, rows: Rows) -> None:
    period = found.period
    costs = money.costs(found)
    for number, line in zip(found.bins, costs["rows"], strict=True):
        own = within(rows, period.start(number), period.end(number))
        groups = Counter(group_of(reason(row)) for row in own)
        assert found.in_groups(number) == [groups[group] for group in GROUPS]
        assert found.sums_of(number).cost_usd == added(own, lambda row: row.cost_usd)
        assert found.sums_of(number).estimated_usd == added(own, guess)
        for model, of_model in found.money.get(number, {}).items():
            of_its = [row for row in own if (row.answered_model or "") == model]
            assert of_model.known == added(of_its, lambda row: row.cost_usd)
        assert len(line[2]) == len(costs["columns"])
    before = within(rows, period.before, period.since)
    so_far = within(before, period.before, period.then(NOW))
    assert abs(found.before.all - usd(so_far)) <= _edge(before, period)
    then = sum((m.all for m in found.money_before.values()), Decimal(0))
    assert then == added(before, lambda row: row.cost_usd) + added(before, guess)


def _compare_times(found: Figures, rows: Rows) -> None:
    for measure, *_ in MEASURES:
        own = [row for row in rows if measured(row, measure) is not None]
        histogram = found.histogram(measure)
        assert histogram.total() == len(own)
        if own:
            times = sorted(measured(row, measure) or 0 for row in own)
            exact = times[max(-(-len(times) // 2) - 1, 0)]
            median = percentile(histogram, 0.5)
            assert median and 0.9 <= median / exact <= 1.11


def _compare_callers(period: Period, rows: Rows) -> None:
    window, before = windows(period, NOW)
    own = within(rows, window.since, window.until)
    then = within(rows, before.since, before.until)
    for kind in CallerKind:
        assert of_all(kind, window) == spent([r for r in own if caller(r, kind)])
        assert of_all(kind, before) == spent([r for r in then if caller(r, kind)])
    cards = {card.title: card for card in who(period, NOW, 50, True)}
    by_user = Counter(caller(row, CallerKind.USER) for row in own)
    del by_user[None]
    if by_user:
        lines = cards["Users"].lines
        assert len(lines) == len(by_user)
        dearest = max(by_user, key=lambda c: _usd(own, c))
        assert dearest and lines[0].page == dearest.page
        assert lines[0].requests == str(by_user[dearest])


def _usd(rows: Rows, who_asks: Caller | None) -> Decimal:
    own = [row for row in rows if caller(row, CallerKind.USER) == who_asks]
    return added(own, lambda row: row.cost_usd) + added(own, guess)


def _compare_heading(rows: Rows) -> None:
    found = heading(NOW)
    month = within(rows, datetime(2026, 10, 31, 23, tzinfo=UTC), NOW + timedelta(1))
    assert found.so_far.known == added(month, lambda row: row.cost_usd)
    assert found.so_far.estimated == added(month, guess)
    week = within(rows, NOW - timedelta(days=7, minutes=20), NOW + timedelta(1))
    pace = added(week, lambda row: row.cost_usd) + added(week, guess)
    ends = datetime(2026, 11, 30, 23, tzinfo=UTC)
    left = Decimal((ends - NOW) / timedelta(days=7, minutes=20))
    assert found.usd == pytest.approx(found.so_far.all + pace * left)


def test_a_callers_page_is_what_their_rows_add_up_to(rows: Rows) -> None:
    anna = Caller(CallerKind.USER, 0, "anna")
    found = days_of(anna, NOW)
    since = datetime(2026, 10, 7, tzinfo=UTC)
    own = within(rows, since, NOW + timedelta(1))
    assert found.total == spent([r for r in own if caller(r, anna.kind) == anna])
    assert found.total.requests == sum(int(row[2][0]) for row in found.rows)
    assert found.total.requests == sum(int(line[2][0]) for line in found.models)


def usd(rows: Rows) -> Decimal:
    return added(rows, lambda row: row.cost_usd) + added(rows, guess)


def _edge(before: Rows, period: Period) -> Decimal:
    """What the minute, or the hour, cost that had not passed as a whole."""
    edge, span = period.then(NOW), timedelta(seconds=period.span)
    return usd(within(before, edge - span, edge + span))


def within(rows: Rows, since: datetime, until: datetime) -> Rows:
    return [row for row in rows if since <= row.created_at < until]


def added(rows: Rows, figure: Callable[[RequestLog], Any]) -> Any:
    return sum((figure(row) or 0 for row in rows), Decimal(0))


def guess(row: RequestLog) -> Decimal | None:
    return row.charged_usd if row.is_estimated else None


def reason(row: RequestLog) -> Reason:
    return Reason(row.ending or "", row.answer or "", row.whose or "")


def measured(row: RequestLog, measure: str) -> int | None:
    if measure == "duration":
        return row.duration_ms if row.ending == "completed" else None
    return row.first_sign_ms if measure == "first_word" else row.first_word_ms


def caller(row: RequestLog, kind: CallerKind) -> Caller | None:
    if kind == CallerKind.CLIENT:
        return Caller(kind, row.client_id or 0, "")
    if kind == CallerKind.USER:
        return Caller(kind, row.client_id or 0, row.user_id) if row.user_id else None
    return Caller(kind, 0, row.address or "")


def spent(own: Rows) -> Spent:
    return Spent(
        requests=len(own),
        failures=sum(bool(group_of(reason(row)).whose) for row in own),
        prompt_tokens=sum(row.prompt_tokens or 0 for row in own),
        completion_tokens=sum(row.completion_tokens or 0 for row in own),
        cost_usd=added(own, lambda row: row.cost_usd),
        estimated_usd=added(own, guess),
    )


def _count(line: dict[str, Any]) -> int:
    return int(line["count"].replace(",", ""))
