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
from chat.admin.overview.choosing import LATELY, lately
from chat.admin.overview.figures import Figures, figures
from chat.admin.overview.groups import GROUPS, group_of
from chat.admin.overview.heading import heading
from chat.admin.overview.sums import Reason, Sums, by_model
from chat.admin.overview.tiles import Tile, tiles
from chat.admin.overview.verdict import verdict
from chat.ending import Ending
from chat.models import EndingTally, ReasonTally, Span, TimingTally
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


def why(
    whose: str, at: datetime = NOON, span: Span = Span.MINUTE, **fields: Any
) -> ReasonTally:
    """Failures that are counted among those that ended so, too."""
    values = {"ending": "upstream_failed", "answer": "none", "code": "", "requests": 1}
    times = {"first_at": at, "last_at": at}
    return ReasonTally(
        span=span, at=minute(at), whose=whose, **{**times, **values, **fields}
    )


def seen(key: str = "hour", now: datetime = NOON) -> Figures:
    return figures(lately(key, now), now)


def tile(name: str, key: str = "hour") -> Tile:
    found = tiles(seen(key), heading(NOON))
    return next(one for one in found if one.name == name)


def minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def text_of(browser: httpx.Client, path: str = "/admin/") -> str:
    return browser.get(path).text


def test_sums_are_put_in_the_bins_of_the_period() -> None:
    ended(requests=3).save()
    ended(NOON - timedelta(minutes=29), requests=4, ending="failed").save()
    ended(NOON - timedelta(minutes=31), requests=5).save()
    found = seen("day")
    assert [sum(found.in_groups(n)) for n in found.bins][-3:] == [5, 4, 3]


@pytest.mark.parametrize("key", LATELY)
def test_what_is_older_than_the_period_does_not_count(key: str) -> None:
    period = lately(key, NOON)
    ended(period.since, period.span, requests=2).save()
    ended(period.since - timedelta(seconds=period.span), period.span, requests=7).save()
    assert seen(key).total.requests == 2


def test_minutes_and_hours_are_not_added_together() -> None:
    ended(requests=2).save()
    ended(span=Span.HOUR, requests=2).save()
    assert seen("day").total.requests == 2
    assert seen("week").total.requests == 2


def test_every_ending_has_a_group_whoever_it_is_of() -> None:
    for ending, whose in product(Ending, ["", "caller", "account", "zai", "service"]):
        group = group_of(Reason(ending, "", whose))
        assert group in GROUPS
        assert group.whose is None or group.whose == whose or not whose


def test_a_stop_by_an_operator_is_no_failure() -> None:
    ended(requests=90).save()
    ended(ending="stopped", requests=8).save()
    why("service", ending="stopped", requests=8).save()
    ended(ending="upstream_failed", requests=2).save()
    failures = tile("Failures")
    assert failures.values == [("2.0 %", "")]
    assert [words for words, _ in failures.parts] == [
        *("Z.AI 2", "Your account 0", "This service 0", "The caller’s request 0"),
    ]


def test_whose_a_failure_is_was_written_down_and_is_not_guessed() -> None:
    ended(requests=90).save()
    ended(ending="upstream_rejected", requests=10).save()
    why("account", ending="upstream_rejected", code="1302", requests=7).save()
    why("caller", ending="upstream_rejected", code="1301", requests=2).save()
    said = [words for words, _ in tile("Failures").parts]
    # What an older version counted did not say whose it is.
    assert said == [
        *("Z.AI 1", "Your account 7", "This service 0", "The caller’s request 2"),
    ]
    told = verdict(seen())
    assert told and told.said == (
        "Mostly for the account at Z.AI: its key, balance, plan or limits: 8.0 % failed"
        " in the last hour (Z.AI 1, your account 7, this service 0). 2 were asked"
        " wrongly by their callers."
    )


def test_what_is_not_whole_is_not_counted_as_such() -> None:
    ended(requests=10).save()
    why("", ending="completed", answer="cut_off", requests=3).save()
    why("", ending="completed", answer="empty", requests=1).save()
    ended(ending="upstream_failed", requests=4).save()
    why("zai", answer="broken_off", requests=3).save()
    why("zai", answer="none", requests=1).save()
    rows = {row["name"]: row for row in panels.endings(seen())}
    assert {name: row["count"] for name, row in rows.items()} == {
        "completed": "6",
        "cut off for its length": "3",
        "nothing but thoughts": "1",
        "Z.AI failed": "1",
        "Z.AI failed, broke off in the midst": "3",
    }
    assert rows["cut off for its length"]["kind"] == "partly"
    assert "answer=empty" in rows["nothing but thoughts"]["link"]
    assert seen().in_groups(seen().bins[-1]) == [6, 4, 0, 0, 0, 4, 0]


def test_percentiles_run_over_all_minutes_of_the_period() -> None:
    timed(1000, requests=96).save()
    timed(30_000, NOON - timedelta(minutes=7), requests=4).save()
    timed(9_000, measure="duration").save()
    found = tile("Time to first word")
    assert found.note == "of 100 answers"
    assert [caption for _, caption in found.values] == ["median", "95th"]
    assert all(re.fullmatch(r"(9\d\d ms|1(\.0\d)? s)", v) for v, _ in found.values)


def test_what_is_not_known_is_a_dash_and_not_a_nought() -> None:
    ended(ending="refused", model="", requests=4).save()
    first_word, duration = tile("Time to first word"), tile("Duration")
    tokens, cost = tile("Tokens"), tile("Cost")
    assert [value for value, _ in first_word.values + duration.values] == ["–"] * 4
    assert [value for value, _ in tokens.values] == ["–", "–"]
    assert (cost.values, cost.note) == (
        [("–", "")],
        "of 4 requests 0 have a known price",
    )


def test_a_price_of_nothing_is_known() -> None:
    ended(requests=2, prompt_tokens=10, priced=2).save()
    assert tile("Cost").values == [("$0.00", "")]


def test_what_is_estimated_is_kept_apart_and_marked() -> None:
    ended(requests=2, cost_usd=Decimal(2), priced=1, estimated_usd="0.5").save()
    ended(NOON - timedelta(minutes=1), model="glm-5", estimated_usd=None).save()
    assert tile("Cost").values == [("$2.00", ""), ("≈ $0.5000", "estimated")]


def test_models_beyond_the_first_eight_are_put_together() -> None:
    for number in range(12):
        ended(model=f"glm-{number}", requests=100 - number, priced=1).save()
    rows = panels.models(seen())
    assert [row["name"] for row in rows[:2]] == ["glm-0", "glm-1"]
    assert (rows[8]["name"], rows[8]["requests"], len(rows)) == (
        "other models",
        str(92 + 91 + 90 + 89),
        9,
    )


def test_sums_by_model() -> None:
    ended(requests=2, cost_usd=Decimal("0.25"), priced=1, prompt_tokens=9).save()
    ended(NOON - timedelta(minutes=1), cost_usd=Decimal("0.5"), priced=1).save()
    assert by_model(lately("hour", NOON), 8) == [
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
    assert ">whole answers 41</a>" in page
    assert re.search(r'ending=upstream_timeout">Z.AI too slow</a>', page)
    assert "glm-4.6: 1,200 in, 0 of them cached; 300 out" in page
    assert re.search(r"Running now</a></dt>\s*<dd><span class=\"value\">1<", page)
    assert 'href="/admin/now/"' in page


def test_the_failures_lead_to_their_list(operator: httpx.Client) -> None:
    row(ending="completed")
    made = row(ending="upstream_failed", whose="zai")
    page = text_of(operator, "/admin/?span=week")
    [path] = re.findall(r'<dt><a href="(.*)">Failures</a>', page)
    found = re.findall(r"req_test\d+", text_of(operator, unescape(path)))
    assert set(found) == {made.pk}


def test_it_says_whose_times_they_are(operator: httpx.Client) -> None:
    ended(timezone.now()).save()
    assert "Its times are UTC." in text_of(operator)


def test_an_empty_period_says_so(operator: httpx.Client) -> None:
    page = text_of(operator, "/admin/?span=hour")
    assert "No request has ended in the last hour." in page
    assert '<svg class="chart"' not in page


@pytest.mark.parametrize(
    "query", ["span=century", "month=2026-13", "day=x", "from=2026-02-02&to=2026-02-01"]
)
def test_an_unknown_period_is_a_day_and_says_so(
    operator: httpx.Client, query: str
) -> None:
    page = text_of(operator, f"/admin/?{query}")
    assert '<a href="?span=day" aria-current="page">' in page
    assert "Shown is the last 24 hours." in page


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
        seen(key, timezone.now())
    return [query["sql"] for query in captured]


def test_a_million_requests_cost_no_query_more(million: None) -> None:
    found = seen("month", timezone.now())
    assert found.total.requests >= 999_000 * 29 / 30
    for key in LATELY:
        queries = queries_of(key)
        assert len(queries) == 8
        tables = r'FROM "chat_(ending|timing|reason)tally"'
        assert all(re.search(tables, query) for query in queries)
    EndingTally.objects.all().delete()
    TimingTally.objects.all().delete()
    assert len(queries_of("month")) <= 8


def test_the_page_counts_the_open_and_reads_no_other_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(view, "problems", list)
    with CaptureQueriesContext(connection) as captured:
        view.page({"span": "month"}, timezone.now(), True)
    rows = [q["sql"] for q in captured if 'FROM "chat_requestlog"' in q["sql"]]
    # Nine of the tallies, one of each of callers' three kinds, and of those without a
    # key, clients and refusals; and whether the account is refused.
    assert (len(captured), len(rows)) == (17, 2)
    assert any("COUNT(*)" in row and '"ending" IS NULL' in row for row in rows)
