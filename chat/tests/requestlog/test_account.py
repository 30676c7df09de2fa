"""Whoever runs the service learns that Z.AI refuses the key, while it does."""

from typing import Any

import httpx
import pytest

from chat.requestlog import account
from chat.tests.requestlog.closed_rows import all_closed
from chat.tests.serving import Service
from chat.upstream import codes


@pytest.mark.parametrize(
    ("code", "advice"),
    [("1002", codes.KEY), ("1113", codes.BALANCE)],
    ids=["key", "balance"],
)
def test_it_is_said_until_a_request_is_answered(
    service: Service, code: str, advice: str
) -> None:
    service.post(f"sim:error={code}")
    all_closed(1)
    said = account.find_problem()
    assert said and said.startswith(advice) and f"(code {code}, " in said
    assert _told(service) == said

    service.post("Hello", model="glm-4.5")  # the gate to the other is shut for a moment
    all_closed(2)
    assert account.find_problem() is None
    assert _told(service) is None


def test_a_refusal_that_came_in_an_open_stream_is_said_too(
    service: Service, settings: Any
) -> None:
    settings.CHAT_OPEN_AFTER_SECONDS = 0
    assert service.post("sim:error=1113").status_code == 200
    all_closed(1)
    assert (account.find_problem() or "").startswith(codes.BALANCE)


def test_what_is_no_fault_of_the_account_is_not_said(service: Service) -> None:
    service.post("sim:error=1305")
    service.post("sim:error=1301")
    all_closed(2)
    assert account.find_problem() is None


@pytest.mark.parametrize("debug", [True, False])
def test_the_error_itself_says_so_in_development_alone(
    service: Service, settings: Any, debug: bool
) -> None:
    settings.DEBUG = debug
    message = service.post("sim:error=1002").json()["error"]["message"]
    assert message.endswith(codes.KEY) == debug


def _told(service: Service) -> str | None:
    answer = httpx.get(f"{service.url}/health/ready", trust_env=False)
    told: str | None = answer.json()["account"]
    return told
