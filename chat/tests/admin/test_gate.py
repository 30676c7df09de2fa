"""Operators see who waits for Z.AI and what is shut, and can open it."""

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.utils import timezone

from chat.gate.concurrency import Concurrency
from chat.models import LaneReport, RequestLog
from chat.tests.serving import Service
from chat.tests.waiting import eventually


def page_of(operator: httpx.Client) -> str:
    return operator.get("/admin/now/").text


def test_what_is_shut_is_told_and_opened_by_hand(
    service: Service, operator: httpx.Client, zai: Any
) -> None:
    service.post("sim:error=1308")
    eventually(lambda: LaneReport.objects.filter(shut_code="1308").exists())
    page = page_of(operator)
    assert "Shut until" in page and "glm-4.6" in page and "Open it" in page
    assert "it said 1308" in operator.get("/admin/").text
    ready = httpx.get(f"{service.url}/health/ready", trust_env=False).json()
    assert ready["status"] == "ready" and "1308" in ready["gate"][0]
    assert service.post().status_code == 429

    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token
    operator.post(
        "/admin/now/gate/1/glm-4.6/open/", data={"csrfmiddlewaretoken": token[1]}
    )
    eventually(lambda: service.post().status_code == 200)
    assert zai.state()["total"] == 2
    eventually(lambda: not LaneReport.objects.filter(shut_code="1308").exists())
    assert "Shut until" not in page_of(operator)


def test_who_waits_is_shown_with_its_place(
    service: Service, settings: Any, operator: httpx.Client
) -> None:
    settings.ZAI_CONCURRENCY = Concurrency(of_all=1)
    settings.CHAT_QUEUE_SECONDS = 30.0
    with service.stream("sim:stall=60@1") as held, service.stream("Me too") as waiting:
        events = held.iter_bytes()
        next(events)
        assert waiting.status_code == 200
        eventually(lambda: RequestLog.objects.filter(place=1).exists())
        eventually(lambda: LaneReport.objects.filter(waiting=1, open=1).exists())
        page = page_of(operator)
        assert "in line: 1" in page
        assert "1 of 1" in page


@pytest.mark.django_db
def test_a_process_that_is_gone_is_not_shown(operator: httpx.Client) -> None:
    lane = LaneReport.objects.create(
        process="p", model="glm-4.6", account=1, seen_at=timezone.now(),
        limit=5, open=5, waiting=4,
    )  # fmt: skip
    assert "5 of 5" in page_of(operator)
    lane.seen_at = timezone.now() - timedelta(minutes=1)
    lane.save()
    assert "The gate to Z.AI" not in page_of(operator)
