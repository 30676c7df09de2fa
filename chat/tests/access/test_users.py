"""Users as their client names them: one name is one user, wherever it is counted."""

import json
from decimal import Decimal
from typing import Any

import httpx
import pytest

from chat.models import RequestLog, Spending
from chat.tests.access.locked import (
    HELLO,
    USE_CHAT,
    Way,
    ask,
    client_with_key,
    lock,
    wait_until_known,
)
from chat.tests.access.test_tokens import PEM, Team
from chat.tests.requestlog.closed_rows import closed
from chat.tests.serving import Service
from chat.tests.waiting import SECONDS, eventually

NATIVE = Way("/api/chat", "native", HELLO)
OPENAI = Way("/v1/chat/completions", "openai", HELLO)
PAGE = Way("/api/chat", "ui-messages", USE_CHAT)
# As it is sent, and as it is stored; each twice, for the second has to be refused.
NAMES: list[tuple[Way, dict[str, Any], str]] = [
    (NATIVE, {}, ""),
    (NATIVE, {"user_id": None}, ""),
    (OPENAI, {"user": ""}, ""),
    (OPENAI, {"user": "short"}, ""),
    (OPENAI, {"user": "x" * 129}, ""),
    (NATIVE, {"user_id": "ann@example"}, "ann@example"),
    (NATIVE, {"user_id": "ANN@example"}, "ANN@example"),
    (NATIVE, {"user_id": "ann@example "}, "ann@example "),
    (NATIVE, {"user_id": "\t \n\u00a0\u2003 "}, "\t \n\u00a0\u2003 "),
    (NATIVE, {"user_id": "ann\0example"}, "ann\ufffdexample"),
    (NATIVE, {"user_id": "\0" * 6}, "\ufffd" * 6),
    (NATIVE, {"user_id": "e\u0301" * 4}, "e\u0301" * 4),
    (NATIVE, {"user_id": "\u00e9" * 4 + "abc"}, "\u00e9" * 4 + "abc"),
    (NATIVE, {"user_id": "x" * 128}, "x" * 128),
    (NATIVE, {"user_id": "\U0001f600" * 128}, "\U0001f600" * 128),
    (PAGE, {"user_id": "' OR 1=1; --"}, "' OR 1=1; --"),
    (OPENAI, {"user": "user:1:abc"}, "user:1:abc"),
]


@pytest.fixture(autouse=True)
def _locked(settings: Any, monkeypatch: pytest.MonkeyPatch, zai: Any) -> None:
    lock(settings, monkeypatch)


@pytest.mark.parametrize("number", range(5, len(NAMES)))
def test_a_user_is_one_in_the_rate_the_rows_and_the_sums(
    service: Service, number: int
) -> None:
    way, named, stored = NAMES[number]
    client, key = client_with_key(user_requests_per_minute=1)
    wait_until_known(key)
    answer = ask(service.url, way, key, **named)
    assert answer.status_code == 200, answer.text
    assert ask(service.url, way, key, **named).status_code == 429
    assert closed(answer.headers["x-request-id"]).user_id == stored
    sums = Spending.objects.filter(scope="user", client_id=client.pk, period="day")
    assert [one.user_id for one in sums] == [stored]
    # What stands for what cannot be stored is the same name.
    again = dict.fromkeys(named, stored)
    assert ask(service.url, way, key, **again).status_code == 429
    other = ask(service.url, way, key, **dict.fromkeys(named, "another user"))
    assert other.status_code == 200


def test_whoever_is_not_named_is_one_user(service: Service) -> None:
    client, key = client_with_key(user_requests_per_minute=1)
    wait_until_known(key)
    statuses = [
        ask(service.url, way, key, **named).status_code for way, named, _ in NAMES[:5]
    ]
    assert statuses == [200, 429, 429, 429, 429]
    sums = Spending.objects.filter(scope="user", client_id=client.pk, period="day")
    eventually(sums.exists)
    assert sums.get().user_id == ""


def test_half_a_character_is_the_same_user_everywhere(service: Service) -> None:
    client, key = client_with_key(user_requests_per_minute=1)
    wait_until_known(key)
    answer = httpx.post(
        f"{service.url}/api/chat",
        content=json.dumps({**HELLO, "user_id": "half \ud83d name"}),
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        timeout=SECONDS,
        trust_env=False,
    )
    assert answer.status_code == 200
    row = closed(answer.headers["x-request-id"])
    assert row.user_id == "half \ufffd name"
    assert ask(service.url, NATIVE, key, user_id="half \ufffd name").status_code == 429
    sums = Spending.objects.get(scope="user", period="day")
    assert sums.user_id == row.user_id


def test_a_budget_of_a_user_is_spent_by_what_its_rows_cost(service: Service) -> None:
    client, key = client_with_key(user_budget_usd_per_day=Decimal("0.01"))
    wait_until_known(key)
    named = {"user_id": "ann\0example", "max_tokens": 4000}
    statuses: list[int] = []
    while len(statuses) < 60 and 429 not in statuses:
        answer = ask(service.url, NATIVE, key, **named)
        statuses.append(answer.status_code)
        if answer.status_code == 200:
            closed(answer.headers["x-request-id"])
    assert statuses[0] == 200 and statuses[-1] == 429
    assert answer.json()["error"]["code"] == "budget_spent"
    spent = Spending.objects.get(scope="user", period="day", client_id=client.pk)
    rows = RequestLog.objects.filter(user_id="ann\ufffdexample")
    assert spent.charged_usd == sum(row.charged_usd or 0 for row in rows)
    assert spent.requests == len(rows) == len(statuses) - 1
    other = ask(service.url, NATIVE, key, **{**named, "user_id": "ann example"})
    assert other.status_code == 200


SUBJECTS = {
    "x": "x",
    "nul\0": "nul\ufffd",
    "half \ud83d name": "half \ufffd name",
    "\ud83d" * 128: "\ufffd" * 128,
    "\U0001f600" * 128: "\U0001f600" * 128,
    "tab\tand\nline": "tab\tand\nline",
    "   ": "   ",
}


@pytest.mark.parametrize("subject", SUBJECTS)
def test_the_subject_of_a_token_is_one_user_too(service: Service, subject: str) -> None:
    client, key = client_with_key(public_keys=PEM, user_requests_per_minute=1)
    wait_until_known(key)
    team, stored = Team(client), SUBJECTS[subject]
    answer = ask(service.url, NATIVE, team.token(sub=subject))
    assert answer.status_code == 200, answer.text
    assert closed(answer.headers["x-request-id"]).user_id == stored
    for again in (subject, stored):
        assert ask(service.url, NATIVE, team.token(sub=again)).status_code == 429
    sums = Spending.objects.get(scope="user", client_id=client.pk, period="day")
    assert sums.user_id == stored
