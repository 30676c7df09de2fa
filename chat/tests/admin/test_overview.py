import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape
from itertools import product
from typing import Any

import httpx
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.admin import amounts
from chat.admin.overview import axis, charts, panels, view
from chat.admin.overview.figures import GROUPS, figures
from chat.admin.overview.period import PERIODS
from chat.admin.overview.sums import Sums, by_model
from chat.admin.overview.tiles import tiles
from chat.ending import Ending
from chat.models import EndingTally, Span, TimingTally
from chat.requestlog.tallies import bucket
from chat.tests.admin.people import logged_in, permit
from chat.tests.rows import open_row, row

pytestmark = pytest.mark.django_db

Measure = TimingTally.Measure
NOON = datetime(2026, 11, 18, 12, 0, 30, tzinfo=UTC)
MODELS = ["glm-4.5-air", "glm-4.5-flash", "glm-4.5v", "glm-4.6", "glm-4.7", ""]
MONTH = 30 * 24


def ended(at: datetime = NOON, span: Span = Span.MINUTE, **fields: Any) -> EndingTally:
    values = {"model": "glm-4.6", "ending": "completed", "requests": 1}
    counts = dict.fromkeys([f.name for f in EndingTally._meta.fields[5:]], 0)
    return EndingTally(span=span, at=minute(at), **{**counts, **values, **fields})


def timed(
    milliseconds: int, at: datetime = NOON, span: Span = Span.MINUTE, **fields: Any
) -> TimingTally:
    values = {"measure": "answer_word", "bucket": bucket(milliseconds), "requests": 1}
    return TimingTally(span=span, at=minute(at), **{**values, **fields})


def minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def text_of(browser: httpx.Client, path: str = "/admin/") -> str:
    return browser.get(path).text


def test_sums_are_put_in_the_bins_of_the_period() -> None:
    ended(requests=3).save()
    ended(NOON - timedelta(minutes=29), requests=4, ending="failed").save()
    ended(NOON - timedelta(minutes=31), requests=5).save()
    found = figures(PERIODS["day"], NOON)
    assert [sum(found.in_groups(n)) for n in found.bins][-3:] == [5, 4, 3]


@pytest.mark.parametrize("key", PERIODS)
def test_what_is_older_than_the_period_does_not_count(key: str) -> None:
    period = PERIODS[key]
    start = period.start(period.first_bin(NOON))
    ended(start, period.span, requests=2).save()
    ended(start - timedelta(seconds=period.span), period.span, requests=7).save()
    assert figures(period, NOON).total.requests == 2


def test_minutes_and_hours_are_not_added_together() -> None:
    ended(requests=2).save()
    ended(span=Span.HOUR, requests=2).save()
    assert figures(PERIODS["day"], NOON).total.requests == 2
    assert figures(PERIODS["week"], NOON).total.requests == 2


def test_every_ending_has_one_group() -> None:
    grouped = [ending for group in GROUPS for ending in group.endings]
    assert sorted(grouped) == sorted(Ending)


def test_a_stop_by_an_operator_is_no_failure() -> None:
    ended(requests=90).save()
    ended(ending="stopped", requests=8).save()
    ended(ending="upstream_failed", requests=2).save()
    failures = tiles(figures(PERIODS["hour"], NOON))[1]
    assert failures.values == [("2.0 %", "")]
    assert failures.note == "Z.AI’s 2, ours 0"


def test_percentiles_run_over_all_minutes_of_the_period() -> None:
    timed(1000, requests=96).save()
    timed(30_000, NOON - timedelta(minutes=7), requests=4).save()
    timed(9_000, measure="duration").save()
    tile = tiles(figures(PERIODS["hour"], NOON))[2]
    assert tile.note == "of 100 answers"
    assert [caption for _, caption in tile.values] == ["median", "95th"]
    assert all(re.fullmatch(r"(9\d\d ms|1(\.0\d)? s)", v) for v, _ in tile.values)


def test_what_is_not_known_is_a_dash_and_not_a_nought() -> None:
    ended(ending="refused", model="", requests=4).save()
    *_, first_word, duration, tokens, cost = tiles(figures(PERIODS["hour"], NOON))
    assert [value for value, _ in first_word.values + duration.values] == ["–"] * 4
    assert [value for value, _ in tokens.values] == ["–", "–"]
    assert (cost.values, cost.note) == (
        [("–", "")],
        "of 4 requests 0 have a known price",
    )


def test_a_price_of_nothing_is_known() -> None:
    ended(requests=2, prompt_tokens=10, priced=2).save()
    cost = tiles(figures(PERIODS["hour"], NOON))[-1]
    assert cost.values == [("$0.00", "")]


def test_models_beyond_the_first_eight_are_put_together() -> None:
    for number in range(12):
        ended(model=f"glm-{number}", requests=100 - number, priced=1).save()
    rows = panels.models(figures(PERIODS["hour"], NOON))
    assert [row["name"] for row in rows[:2]] == ["glm-0", "glm-1"]
    assert (rows[8]["name"], rows[8]["requests"], len(rows)) == (
        "other models",
        str(92 + 91 + 90 + 89),
        9,
    )


def test_sums_by_model() -> None:
    ended(requests=2, cost_usd=Decimal("0.25"), priced=1, prompt_tokens=9).save()
    ended(NOON - timedelta(minutes=1), cost_usd=Decimal("0.5"), priced=1).save()
    assert by_model(PERIODS["hour"], NOON, 8) == [
        ("glm-4.6", Sums(3, 9, 0, 0, 0, Decimal("0.75"), 2))
    ]


def test_one_failure_among_thousands_is_still_drawn() -> None:
    chart = charts.stacked([[("completed", 9999), ("ours", 1)]], [""], [""], str)
    assert float(chart.bars[0].segments[1].height) == charts.LEAST


@pytest.mark.parametrize("highest", [0, 1, 3, 7, 999, 12_345, 10**9])
def test_an_axis_has_few_round_levels_and_holds_all(highest: int) -> None:
    steps = axis.steps_to(highest)
    assert steps[-1] >= highest
    assert 2 <= len(steps) <= 5
    assert all(step == int(step) for step in steps)


def test_a_line_breaks_where_nothing_was_measured() -> None:
    points = [(1.0, 2.0), (1.0, 2.0), None, (1.0, 2.0), (1.0, 2.0)]
    chart = charts.lines(points, [""] * 5, [""] * 5, str)
    assert chart.line and chart.line.median.count("M") == 2
    assert chart.line.median_dots == chart.line.high_dots == ""


def test_a_point_alone_is_a_dot() -> None:
    points = [(1.0, 2.0), None, (1.0, 2.0), (1.0, 2.0), None, (1.0, 2.0)]
    line = charts.lines(points, [""] * 6, [""] * 6, str).line
    assert line and line.median.count("M") == line.band.count("M") == 1
    for dots in (line.median_dots, line.high_dots):
        assert re.findall(r"M(\S+) \S+L(\S+) \S+", dots) == [
            ("83.3",) * 2,
            ("916.7",) * 2,
        ]


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (None, "–"),
        (0.4, "0 ms"),
        (999.4, "999 ms"),
        (1234, "1.23 s"),
        (60_000, "1 min"),
        (125_000, "2 min 5 s"),
    ],
)
def test_times_in_words(time: float | None, words: str) -> None:
    assert amounts.milliseconds(time) == words


def test_the_front_page_shows_what_happened(operator: httpx.Client) -> None:
    now = timezone.now()
    ended(now, requests=41, prompt_tokens=1200, completion_tokens=300).save()
    ended(now, ending="upstream_timeout", requests=1).save()
    timed(800, now, requests=40).save()
    open_row()
    page = text_of(operator)
    assert "97.6 % completed" in page
    assert '?ending=upstream_timeout&amp;period=day">Z.AI too slow</a>' in page
    assert "glm-4.6: 1,200 in, 0 of them cached; 300 out" in page
    assert re.search(r"Running now</dt>\s*<dd><span class=\"value\">1<", page)
    assert 'href="/admin/now/"' in page


def test_the_failures_lead_to_their_list(operator: httpx.Client) -> None:
    row(ending="completed")
    made = row(ending="upstream_failed")
    page = text_of(operator, "/admin/?span=week")
    path = "/admin/chat/requestlog/?ending=failures&amp;period=week"
    assert f'<a href="{path}">Z.AI’s 0, ours 0</a>' in page
    found = re.findall(r"req_test\d+", text_of(operator, unescape(path)))
    assert set(found) == {made.pk}


def test_it_says_whose_times_they_are(operator: httpx.Client) -> None:
    ended(timezone.now()).save()
    assert "All times are UTC." in text_of(operator)


def test_an_empty_period_says_so(operator: httpx.Client) -> None:
    page = text_of(operator, "/admin/?span=hour")
    assert "No request has ended in the last hour." in page
    assert '<svg class="chart"' not in page


def test_an_unknown_period_is_a_day(operator: httpx.Client) -> None:
    page = text_of(operator, "/admin/?span=century")
    assert '<a href="?span=day" aria-current="page">' in page


def test_the_page_needs_no_inline_script_or_style(operator: httpx.Client) -> None:
    ended(timezone.now()).save()
    timed(100, timezone.now()).save()
    page = text_of(operator)
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page)


def test_a_name_of_a_model_is_only_text(operator: httpx.Client) -> None:
    ended(timezone.now(), model="<script>alert(1)</script>").save()
    page = text_of(operator)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_who_may_not_see_requests_sees_the_plain_front_page(url: str) -> None:
    with logged_in(url, "clerk") as browser:
        page = text_of(browser)
        assert 'id="overview"' not in page and "/admin/now/" not in page
        permit("clerk", "view_requestlog")
        assert 'id="overview"' in text_of(browser)


def test_who_is_not_logged_in_is_sent_to_the_login(url: str) -> None:
    answer = httpx.get(f"{url}/admin/", trust_env=False)
    assert answer.headers["Location"] == "/admin/login/?next=/admin/"


def test_problems_of_the_log_are_said(
    operator: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "problems", lambda: ["3 rows wait <in> the spool."])
    assert "3 rows wait &lt;in&gt; the spool." in text_of(operator)


@pytest.fixture
def million() -> None:
    """A million requests, of every kind in every minute and hour that is kept."""
    each = -(-1_000_000 // (MONTH * len(MODELS) * len(Ending)))
    for span, number, requests in ((Span.HOUR, MONTH, each), (Span.MINUTE, 2880, 1)):
        last = int(timezone.now().timestamp()) // span
        times = [datetime.fromtimestamp((last - i) * span, UTC) for i in range(number)]
        EndingTally.objects.bulk_create(
            ended(at, span, model="seed", requests=requests) for at in times
        )
        TimingTally.objects.bulk_create(
            timed(1, at, span, bucket=-1, requests=requests) for at in times
        )
    multiply(EndingTally, ["model", "ending"], product(MODELS, Ending))
    multiply(TimingTally, ["measure", "bucket"], product(Measure, range(40, 70)))


def multiply(model: Any, columns: list[str], kinds: Iterable[Any]) -> None:
    """Store each row again as each of `kinds` instead, by the database itself."""
    table = model._meta.db_table
    kept = [f.column for f in model._meta.fields[1:] if f.column not in columns]
    first = model.objects.order_by("-pk")[0].pk
    into = f"INSERT INTO {table} ({', '.join(columns + kept)})"
    taken = f"SELECT %s, %s, {', '.join(kept)} FROM {table} WHERE id <= {first}"
    with connection.cursor() as cursor:
        for kind in kinds:
            cursor.execute(f"{into} {taken}", list(map(str, kind)))
    model.objects.filter(pk__lte=first).delete()


def queries_of(key: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        figures(PERIODS[key], timezone.now())
    return [query["sql"] for query in captured]


def test_a_million_requests_cost_no_query_more(million: None) -> None:
    assert figures(PERIODS["month"], timezone.now()).total.requests >= 999_000 * 29 / 30
    for key in PERIODS:
        queries = queries_of(key)
        assert len(queries) == 3
        assert all(re.search(r'FROM "chat_(ending|timing)tally"', q) for q in queries)
        assert not any("chat_requestlog" in query for query in queries)
    EndingTally.objects.all().delete()
    TimingTally.objects.all().delete()
    assert len(queries_of("month")) == 3


def test_the_page_counts_the_open_and_reads_no_other_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(view, "problems", list)
    with CaptureQueriesContext(connection) as captured:
        view.page(PERIODS["month"], True)
    rows = [q["sql"] for q in captured if 'FROM "chat_requestlog"' in q["sql"]]
    # Three of the tallies, and of those without a key, clients and refusals.
    assert (len(captured), len(rows)) == (8, 1)
    assert "COUNT(*)" in rows[0] and '"ending" IS NULL' in rows[0]
