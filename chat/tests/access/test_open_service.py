"""A service that is open to all is never boundless; and what has no price."""

import logging
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from chat.access import watch
from chat.glm.profile import Profile
from chat.models import RequestLog, Spending
from chat.requestlog.sums import start_of
from chat.simulator import Options, running
from chat.tests.access.books import books_agree, spent
from chat.tests.access.spending import spend
from chat.tests.locked import by, make_client
from chat.tests.requestlog.closed_rows import closed, id_of
from chat.tests.serving import Service, point_at, service_for
from chat.tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)

UNPRICED = "glm-of-tomorrow"
SHORT = "sim:events=20"
# Of glm-4.6: 20 tokens and few of the question are about 50 millionths of a dollar.
CENT = 0.01


def today() -> date:
    return start_of("day", timezone.now())


def warnings(log: pytest.LogCaptureFixture, word: str) -> list[str]:
    said = [record.getMessage() for record in log.records]
    return [line for line in said if "budget" in line and word in line]


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "SECONDS_BETWEEN_LOOKS", 0.1)
    monkeypatch.setattr(watch, "SECONDS_BETWEEN_NOTES", 0.1)


@pytest.mark.usefixtures("soon")
def test_what_is_left_is_told_from_four_fifths_on(
    zai: Any, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    settings.CHAT_OPEN_BUDGET_USD_PER_DAY = 2
    row = spend(None, today(), usd="1.50", scope="open")
    with service_for() as service:
        assert "x-budget-left-usd" not in service.post(SHORT).headers
        assert not warnings(caplog, "spent")

        Spending.objects.filter(pk=row.pk).update(charged_usd=Decimal("1.70"))
        eventually(lambda: "x-budget-left-usd" in service.post(SHORT).headers)
        assert service.post(SHORT).headers["x-budget-left-usd"] == "0.30"
        assert warnings(caplog, "callers without a key is nearly spent")

        Spending.objects.filter(pk=row.pk).update(charged_usd=Decimal("2.10"))
        eventually(lambda: service.post(SHORT).status_code == 429)
        refused = service.post(SHORT)
        assert refused.json()["error"]["code"] == "budget_spent"
        assert refused.headers["x-should-retry"] == "false"
        eventually(lambda: warnings(caplog, "is spent"))
        asked = zai.state()["total"]
        assert service.post(SHORT).status_code == 429
        assert zai.state()["total"] == asked
    assert len(warnings(caplog, "nearly spent")) == 1
    assert len(warnings(caplog, "is spent")) == 1


def test_without_a_log_the_process_counts(zai: Any, settings: Any) -> None:
    settings.CHAT_REQUEST_LOG = False
    settings.CHAT_OPEN_BUDGET_USD_PER_DAY = CENT
    with service_for() as service:
        statuses = [service.post("sim:events=600").status_code for _ in range(8)]
        # 600 tokens are 1.3 thousandths, and 4.5 are set aside for each.
        assert statuses == [200] * 5 + [429] * 3
        assert service.post().json()["error"]["code"] == "budget_spent"
    assert not RequestLog.objects.exists()
    assert not Spending.objects.exists()


def test_no_budget_is_none(zai: Any, settings: Any) -> None:
    settings.CHAT_OPEN_BUDGET_USD_PER_DAY = 0
    spend(None, today(), usd=1_000_000, scope="open")
    with service_for() as service:
        assert service.post(SHORT).status_code == 200


def test_a_service_as_it_comes_has_one(zai: Any) -> None:
    spend(None, today(), usd=25, scope="open")
    with service_for() as service:
        assert service.post(SHORT).status_code == 429


def test_the_simulator_costs_nothing(zai: Any, settings: Any) -> None:
    """As quickstart has it answer; whatever the budget is."""
    settings.ZAI_API_KEY = "simulator.key"
    settings.CHAT_OPEN_BUDGET_USD_PER_DAY = 0.000001
    with service_for() as service:
        row = closed(id_of(service.post(SHORT)))
        left = closed(id_of(service.post("sim:cut=3")))
    assert (row.charged_usd, row.is_estimated, row.reserved_usd) == (0, False, 0)
    assert (left.charged_usd, left.is_estimated) == (0, False)
    assert spent("open") == 0
    assert books_agree()


@pytest.fixture
def tomorrow(settings: Any) -> Iterator[Service]:
    """A service, and a Z.AI, that have a model without a known price."""
    profiles = {**settings.ZAI_PROFILES, UNPRICED: Profile(name=UNPRICED)}
    settings.ZAI_PROFILES = profiles
    with running(Options(speed=0, models=profiles)) as simulator:
        point_at(settings, simulator.base_url)
        with service_for() as service:
            yield service


def test_a_model_without_a_price_is_charged_at_the_dearest(tomorrow: Service) -> None:
    row = closed(id_of(tomorrow.post(SHORT, model=UNPRICED)))
    assert (row.ending, row.cost_usd) == ("completed", None)
    assert row.prompt_tokens is not None
    assert row.completion_tokens is not None
    # Of all prices that are known these are the highest: of a million tokens.
    dearest = (
        row.prompt_tokens * Decimal("2.2"),
        row.completion_tokens * Decimal("8.9"),
    )
    assert row.charged_usd == (sum(dearest) / 1_000_000).quantize(Decimal("0.000001"))
    assert row.is_estimated
    assert Spending.objects.get(period="day", scope="open").estimated_usd > 0
    assert books_agree()


def test_a_client_may_refuse_it(tomorrow: Service) -> None:
    _, key = make_client(refuses_unpriced=True)
    for model in (UNPRICED, "nobody-knows-it"):
        body = {"messages": [{"role": "user", "content": "Hello"}], "model": model}
        refused = tomorrow.send(body, headers=by(key))
        assert (refused.status_code, refused.json()["error"]["code"]) == (
            403,
            "not_allowed",
        )
        assert refused.json()["error"]["param"] == "model"
    body["model"] = "glm-4.6"
    assert tomorrow.send(body, headers=by(key)).status_code == 200
    eventually(lambda: RequestLog.objects.exclude(ending=None).count() == 1)
