"""What one process counts, and who may read it."""

from collections import Counter
from decimal import Decimal
from typing import Any

import httpx
import pytest
from django.db.models import Sum

from chat.access.clients import add_client
from chat.metrics import meter
from chat.models import RequestLog
from chat.tests.access.locked import lock, wait_until_known
from chat.tests.metrics.scraping import get, rows_as_counted, scrape
from chat.tests.serving import Service, service_for
from chat.tests.waiting import SECONDS, eventually

pytestmark = pytest.mark.once

TOKEN = "a-token-for-prometheus"


@pytest.fixture(autouse=True)
def _open(settings: Any) -> None:
    settings.METRICS_ACCESS = "loopback"


def ask_in_many_ways(service: Service) -> None:
    service.post()
    service.post(stream=False, model="glm-4.5-air")
    service.post("sim:error=1210")
    service.post("sim:cut@3")
    service.post("sim:length", model="a-model-that-nobody-knows")
    service.send({"messages": "none"})
    service.send({"messages": []}, headers={"content-type": "text/plain"})
    with service.stream("sim:stall=60@3") as response:
        next(response.iter_bytes())
    completions = f"{service.url}/v1/chat/completions"
    hello = {"messages": [{"role": "user", "content": "Hello"}]}
    httpx.post(completions, json=hello, timeout=SECONDS, trust_env=False)


def wait_for_rows(count: int) -> None:
    eventually(lambda: RequestLog.objects.exclude(ending=None).count() == count)


def test_counts_are_those_of_the_rows(service: Service) -> None:
    ask_in_many_ways(service)
    wait_for_rows(9)
    told, rows = scrape(service.url), rows_as_counted()
    assert told.requests == Counter(
        {
            (dialect, "other" if "nobody" in model else model, *rest): number
            for (dialect, model, *rest), number in rows.items()
        }
    )
    assert len({ending for _, _, ending, *_ in rows}) >= 4

    measured = RequestLog.objects.all()
    for name, column in (
        ("first_sign", "first_sign_ms"),
        ("first_word", "first_word_ms"),
        ("duration", "duration_ms"),
        ("wait", "waited_ms"),
    ):
        count = measured.exclude(**{column: None}).count()
        assert told.sum(f"zai_chat_{name}_seconds_count") == count, name
    duration = measured.aggregate(Sum("duration_ms"))["duration_ms__sum"]
    told_duration = told.sum("zai_chat_duration_seconds_sum")
    assert told_duration == pytest.approx(duration / 1000, abs=0.01)


def test_tokens_and_cost_are_those_of_the_rows(service: Service) -> None:
    service.post()
    service.post(stream=False)
    wait_for_rows(2)
    told = scrape(service.url)
    sums = RequestLog.objects.aggregate(
        *map(Sum, ("prompt_tokens", "completion_tokens", "cost_usd", "charged_usd"))
    )
    for kind in ("prompt", "completion"):
        tokens = told.sum("zai_chat_tokens_total", kind=kind, client="(open)")
        assert tokens == sums[f"{kind}_tokens__sum"] > 0
    for what in ("cost_usd", "charged_usd"):
        dollars = Decimal(str(told.sum(f"zai_chat_{what}_total")))
        assert abs(dollars - sums[f"{what}__sum"]) < Decimal("1e-9")
    assert told.sum("zai_chat_added_seconds_count") == 2
    assert told.sum("zai_chat_tries_total", code="answered") == 2


def test_how_it_stands(service: Service, settings: Any) -> None:
    with service.stream("sim:stall=60@3") as response:
        pieces = response.iter_bytes()  # let go of, it would leave
        next(pieces)
        told = scrape(service.url)
    assert told.value("zai_chat_open") == 1
    assert told.value("zai_chat_workers") == 1
    assert told.value("zai_chat_database_up") == 1
    lane = {"model": "glm-4.6", "account": "1"}
    assert told.value("zai_chat_lane_open", **lane) == 1
    assert told.value("zai_chat_lane_slots", **lane) == 1000
    assert told.value("zai_chat_log_lost_total", what="rows") == 0
    assert told.value("process_resident_memory_bytes") > 10_000_000
    assert told.value("process_cpu_seconds_total") > 0
    assert not list(told.samples("zai_chat_redis_up"))
    eventually(lambda: scrape(service.url).sum("zai_chat_log_commit_seconds_count"))


def test_answers_that_are_kept_and_go_on_alone(service: Service, settings: Any) -> None:
    settings.CHAT_KEEP_ANSWER_SECONDS = 60
    asked = {"on_leave": "finish", "resumable": True}
    with service.stream("sim:trickle=0.1 sim:events=30", **asked) as response:
        next(response.iter_bytes())
    eventually(lambda: scrape(service.url).value("zai_chat_answers_alone") == 1)
    assert scrape(service.url).value("zai_chat_answers_kept") >= 1
    # Of an answer that runs they are told by the kilobyte.
    eventually(lambda: scrape(service.url).value("zai_chat_answers_kept_bytes") > 0)
    wait_for_rows(1)
    (key,) = +scrape(service.url).requests
    assert "finished_alone" in key
    assert scrape(service.url).value("zai_chat_answers_alone") == 0


def test_the_doors_of_responses_are_counted_as_such(service: Service) -> None:
    url = f"{service.url}/v1/responses"
    asked = {"model": "glm-4.6", "input": "Hello"}
    httpx.post(url, json=asked, timeout=SECONDS, trust_env=False)
    wait_for_rows(1)
    told = +scrape(service.url).requests
    assert [key[0] for key in told] == ["openai-responses"]
    assert told == rows_as_counted()


def test_exactly_one_counter_is_of_requests(service: Service) -> None:
    told = scrape(service.url)
    names = {one.name for family in told.families for one in family.samples}
    names |= {f"{one.name}_total" for one in told.families if one.type == "counter"}
    assert [n for n in names if n.endswith("requests_total")] == [
        "zai_chat_requests_total"
    ]
    for family in told.families:
        assert family.documentation, family.name


def test_who_has_a_key_is_a_label_and_who_is_refused_is_counted(
    zai: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock(settings, monkeypatch)
    with service_for() as service:
        _, key = add_client('Shop "7" \\', budget_usd_per_day=5)
        wait_until_known(key)
        service.post()
        url = f"{service.url}/api/chat"
        bearer = {"Authorization": f"Bearer {key}"}
        hello = {"messages": [{"role": "user", "content": "Hello"}]}
        httpx.post(url, json=hello, headers=bearer, timeout=SECONDS, trust_env=False)
        wait_for_rows(1)
        told = scrape(service.url)
        assert told.sum("zai_chat_tokens_total", client='Shop "7" \\') > 0
        assert told.value("zai_chat_access_refusals_total", reason="no_key") == 1
        assert sum(told.requests.values()) == 2
        left = {"client": 'Shop "7" \\', "period": "day"}
        eventually(
            lambda: (
                4.9 < scrape(service.url).sum("zai_chat_budget_left_usd", **left) <= 5
            )
        )


def test_reading_asks_no_database(service: Service, django_db_blocker: Any) -> None:
    service.post()
    wait_for_rows(1)
    with django_db_blocker.block():
        assert scrape(service.url).sum("zai_chat_requests_total") == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "203.0.113.7"},
        {"Forwarded": "for=203.0.113.7"},
        {"Via": "1.1 proxy"},
        {"X-Real-IP": "203.0.113.7"},
        {"Host": "chat.example.com"},
    ],
)
def test_what_a_proxy_passes_on_is_not_of_this_machine(
    service: Service, headers: dict[str, str]
) -> None:
    assert get(service.url, **headers).status_code == 403


def test_off_means_that_nothing_is_there_or_counted(zai: Any, settings: Any) -> None:
    settings.METRICS_ACCESS = "off"
    with service_for() as service:
        assert get(service.url).status_code == 404
        assert meter.current() is None


def test_a_token_opens_it_from_anywhere(zai: Any, settings: Any) -> None:
    settings.METRICS_ACCESS = TOKEN
    with service_for() as service:
        right = {"Authorization": f"Bearer {TOKEN}", "X-Forwarded-For": "203.0.113.7"}
        assert get(service.url, **right).status_code == 200
        for wrong in ("", f"Bearer {TOKEN}x", f"Basic {TOKEN}", "Bearer", "Bearer é"):
            refused = get(service.url, Authorization=wrong.encode())
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"] == "Bearer"
            assert TOKEN not in refused.text


def test_openmetrics_for_who_asks_for_it(service: Service) -> None:
    service.post()
    answer = get(service.url, Accept="application/openmetrics-text; version=1.0.0")
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")
