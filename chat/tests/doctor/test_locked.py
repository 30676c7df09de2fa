"""The doctor at a service that is locked, and what it says of one that is open."""

from typing import Any

import httpx
import pytest

from chat.access.passes import make_doctor_token
from chat.doctor import order, simulated
from chat.doctor.order import Step
from chat.tests.doctor.examining import ALL_OK, by_check, examined, outcomes
from chat.tests.locked import by, lock, make_client
from chat.tests.serving import Service
from chat.tests.waiting import SECONDS

pytestmark = [pytest.mark.once, pytest.mark.usefixtures("patience")]

ASKING = {"messages": [{"role": "user", "content": "Hello"}]}


def test_it_examines_what_is_locked_and_says_that_it_is(
    service: Service, settings: Any
) -> None:
    lock(settings)
    settings.CHAT_HEARTBEAT_SECONDS = 1
    report = examined(f"{service.url}/api/chat")
    assert outcomes(report) == {**ALL_OK, "cors": "skipped", "access": "ok"}
    assert "locked" in by_check(report)["access"].fact


def test_it_says_who_spends_at_one_that_is_open(service: Service) -> None:
    report = examined(f"{service.url}/api/chat", silence=0)
    found = by_check(report)["access"]
    assert "spends your money" in found.fact
    assert "CHAT_ACCESS=keys" in found.fix
    assert report.exit_status == 0


def test_its_token_opens_to_orders_alone(
    service: Service, settings: Any, zai: Any
) -> None:
    lock(settings)
    before = zai.state()["total"]
    headers = by(make_doctor_token())
    assert service.send(ASKING, headers=headers).status_code == 401
    headers |= {"Content-Type": "application/json"}
    for path in ("/api/chat", "/v1/chat/completions", "/v1/responses"):
        told = httpx.post(
            service.url + path,
            content=order.encode(order.make([Step("event", 1, 0)])),
            headers=headers,
            timeout=SECONDS,
            trust_env=False,
        )
        assert told.status_code == 200
    assert zai.state()["total"] == before


def test_who_has_another_key_is_told(
    service: Service, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock(settings)
    monkeypatch.setattr("chat.doctor.asker.make_doctor_token", lambda: "zd_another")
    report = examined(f"{service.url}/api/chat")
    assert outcomes(report) == {"reachable": "problem"}
    assert "locked" in report.findings[0].fact
    assert "--header" in report.findings[0].fix


def test_a_key_examines_the_simulator(
    service: Service, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock(settings)
    settings.CHAT_OPEN_AFTER_SECONDS = 1
    settings.CHAT_HEARTBEAT_SECONDS = 1
    monkeypatch.setattr(simulated, "LATE_ANSWER", "sim:slow-headers=4")
    monkeypatch.setattr(simulated, "SILENT", "sim:stall=4@3 sim:events=5")
    _, key = make_client()
    report = examined(f"{service.url}/api/chat", simulator=True, identity=by(key))
    skipped = dict.fromkeys(("silence", "leaving", "cors"), "skipped")
    assert outcomes(report) == {**ALL_OK, **skipped, "access": "ok"}
