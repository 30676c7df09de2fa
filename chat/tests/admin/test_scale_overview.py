"""That the overview, callers and a caller's page stay quick, however long the log is.

SCALE=1000000 also fills the log and its sums with so many rows and compares times.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from chat.admin.overview.choosing import lately
from chat.admin.overview.figures import figures
from chat.models import CallerTally, EndingTally, ReasonTally, RequestLog, TimingTally
from chat.requestlog.record import counted
from chat.requestlog.sum_tables import TABLES, put
from chat.requestlog.tallies import Sums, sums_of
from chat.tests.admin.test_scale import SCALE, browser, fill, plan, scans

__all__ = ["browser"]

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
MINUTES_ARE_KEPT, HOURS_ARE_KEPT = 2 * DAY, 15 * DAY
SLICE = 20_000
USER, ADDRESS = "user-8", "198.51.8.8"
FRONT, CALLERS = "/admin/", "/admin/callers/"
PAGES: list[tuple[str, dict[str, str]]] = [
    (FRONT, {"span": "month"}),
    (FRONT, {"span": "hour"}),
    (FRONT, {}),
    (FRONT, {"span": "week"}),
    (FRONT, {"month": f"{NOW:%Y-%m}"}),
    (FRONT, {"day": f"{NOW - DAY:%Y-%m-%d}"}),
    (FRONT, {"from": f"{NOW - 20 * DAY:%Y-%m-%dT%H:%M}"}),
    (CALLERS, {"span": "month"}),
    (CALLERS, {}),
    (f"{CALLERS}client/", {"client": "1"}),
    (f"{CALLERS}user/", {"id": USER, "client": "1"}),
    (f"{CALLERS}address/", {"id": ADDRESS}),
]
TALLIES = ("chat_endingtally", "chat_timingtally", "chat_reasontally")
WATCHED = (*TALLIES, "chat_callertally", "chat_request", "chat_message")


def look(browser: Client, page: tuple[str, dict[str, str]]) -> None:
    assert browser.get(*page).status_code == 200


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_no_query_of_a_page_reads_a_whole_table(
    browser: Client, page: tuple[str, dict[str, str]]
) -> None:
    fill(30)
    count_all()
    asked: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if any(table in sql for table in WATCHED):
            asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        look(browser, page)
    assert asked
    for sql, params in asked:
        steps = plan(sql, params)
        assert not any(scans(step) for step in steps), (sql, steps)


def count_all() -> None:
    """Work out the sums of all rows anew, as far as they are kept."""
    for model in (EndingTally, TimingTally, ReasonTally, CallerTally):
        model.objects.all().delete()
    day = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
    while RequestLog.objects.filter(created_at__lt=day + DAY).exists():
        _count_day(day)
        day -= DAY


def _count_day(day: datetime) -> None:
    rows = RequestLog.objects.filter(created_at__gte=day, created_at__lt=day + DAY)
    found: Sums = {table.name: {} for table in TABLES}
    some = []
    for row in rows.order_by("created_at").iterator(SLICE):
        some.append(counted(row))
    more = sums_of(some)
    for table in TABLES:
        for key, figures_of_it in more[table.name].items():
            if _is_kept(table.name, key, day):
                found[table.name][key] = figures_of_it
    with connection.cursor() as cursor:
        for table in TABLES:
            put(cursor, table, found[table.name])


def _is_kept(table: str, key: Any, day: datetime) -> bool:
    span = key[0]
    if table == "chat_callertally":
        return span > 3600 or NOW - day < HOURS_ARE_KEPT
    return span > 60 or NOW - day < MINUTES_ARE_KEPT + DAY


def best_ms(do: Any, times: int = 9) -> float:
    """The best of many: what else the machine does only ever adds to a time."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        do()
        found.append((time.perf_counter() - start) * 1000)
    return min(found)


@pytest.mark.skipif(not SCALE, reason="SCALE=1000000 compares times")
@pytest.mark.timeout(3600)
def test_pages_are_as_quick_at_a_million_rows(browser: Client) -> None:
    fill(1_000)
    count_all()
    _analyze()
    few = [best_ms(lambda page=page: look(browser, page)) for page in PAGES]
    fill(SCALE)
    count_all()
    _analyze()
    print(f"\n{connection.vendor}: ms at 1,000 and at {SCALE:,} rows")
    slow = []
    for page, before in zip(PAGES, few, strict=True):
        after = best_ms(lambda page=page: look(browser, page))
        # With more rows there are more to show: of an hour there were none before.
        usual = max(before, few[0] if page[0] == FRONT else before)
        print(f"{before:7.1f} {after:7.1f} {after / usual:5.2f} {page}")
        if after > 1.5 * usual:
            slow.append((page, before, after))
    month = best_ms(lambda: figures(lately("month", NOW), NOW))
    print(f"{month:7.1f} the sums of a month alone")
    assert month < 1_000
    assert not slow


def _analyze() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM ANALYZE")
