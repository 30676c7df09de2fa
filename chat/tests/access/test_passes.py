"""Tokens of the page and of the doctor: what they open, and for how long."""

import time
from typing import Any

import httpx
import pytest
from django.core import signing

from chat.access import entrance
from chat.access.passes import (
    DOCTOR_PREFIX,
    DOCTOR_SECONDS,
    PAGE_PREFIX,
    PAGE_SECONDS,
    make_doctor_token,
    make_page_token,
)
from chat.access.rates import Rates
from chat.doctor import order
from chat.tests.access.locked import HELLO, USE_CHAT, lock
from chat.tests.requestlog.closed_rows import closed
from chat.tests.serving import Service
from chat.tests.waiting import SECONDS

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def _locked(settings: Any, monkeypatch: pytest.MonkeyPatch, zai: Any) -> None:
    lock(settings, monkeypatch, CHAT_PAGE="staff")


def post(
    service: Service, token: str, body: Any = HELLO, path: str = "/api/chat"
) -> httpx.Response:
    return httpx.post(
        service.url + path,
        json=body,
        headers={"Authorization": f"Bearer {token}"},
        timeout=SECONDS,
        trust_env=False,
    )


def test_the_page_of_staff_asks_with_its_token(service: Service) -> None:
    answer = post(service, make_page_token("root"), USE_CHAT)
    assert answer.status_code == 200
    row = closed(answer.headers["x-request-id"])
    assert (row.admitted_by, row.user_id, row.client_id) == ("page", "root", None)


@pytest.mark.parametrize(
    ("page", "username", "status"),
    [
        *(("staff", "root", 200), ("staff", "", 401), ("off", "root", 401)),
        *(("off", "", 401), ("all", "", 200), ("all", "root", 200)),
    ],
)
def test_whom_the_setting_lets_in(
    settings: Any, service: Service, page: str, username: str, status: int
) -> None:
    settings.CHAT_PAGE = page
    answer = post(service, make_page_token(username))
    assert answer.status_code == status
    if page == "all":
        assert closed(answer.headers["x-request-id"]).admitted_by == "open"


@pytest.mark.parametrize("age", [PAGE_SECONDS - 5, PAGE_SECONDS + 5])
def test_the_page_s_token_lasts_a_quarter_of_an_hour(
    service: Service, monkeypatch: pytest.MonkeyPatch, age: int
) -> None:
    token = make_page_token("root")
    now = time.time()
    monkeypatch.setattr(signing.time, "time", lambda: now + age)  # type: ignore[attr-defined]
    assert post(service, token).status_code == (200 if age < PAGE_SECONDS else 401)


def test_no_page_token_is_forged(
    zai: Any,
    settings: Any,
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    token = make_page_token("root")
    body = token.removeprefix(PAGE_PREFIX)
    value, stamp, mark = body.split(":")
    other = make_page_token("rood").removeprefix(PAGE_PREFIX).split(":")
    doctors = make_doctor_token().removeprefix(DOCTOR_PREFIX)
    settings.SECRET_KEY, ours = "another-" + "k" * 50, settings.SECRET_KEY
    foreign = make_page_token("root")
    settings.SECRET_KEY = ours
    forged = [
        *(foreign, PAGE_PREFIX, token + "x", token[:-1], PAGE_PREFIX + doctors),
        *(f"{PAGE_PREFIX}{other[0]}:{stamp}:{mark}", f"{PAGE_PREFIX}{value}:{mark}"),
        f"{PAGE_PREFIX}{value}:{'z' * 6}:{mark}",
        PAGE_PREFIX + signing.TimestampSigner().sign_object({"user": "root"}),
        PAGE_PREFIX + ":" * 4000,
        PAGE_PREFIX + "." + "x" * 4000,
        PAGE_PREFIX + PAGE_PREFIX + body,
        body,
        DOCTOR_PREFIX + body,
    ]
    for one in forged:
        monkeypatch.setattr(entrance, "_wrong_keys", Rates())
        assert post(service, one).status_code == 401, one[:60]
    assert zai.state()["total"] == 0


def test_the_doctor_s_token_asks_for_no_answer(
    zai: Any, settings: Any, service: Service
) -> None:
    """Of a locked service; an open one answers whoever asks."""
    settings.CHAT_ACCESS = "keys"
    for path in ("/api/chat", "/v1/chat/completions"):
        for body in (HELLO, {**HELLO, "diagnosis": "x"}, {"diagnosis": "x", **HELLO}):
            answer = post(service, make_doctor_token(), body, path)
            assert answer.status_code == 401, answer.text
    assert zai.state()["total"] == 0


def test_the_doctor_s_token_opens_the_door_to_an_order(
    zai: Any, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = make_doctor_token()

    def look(bearer: str) -> int:
        return httpx.post(
            f"{service.url}/api/chat",
            content=order.encode(order.make()),
            headers={
                "Authorization": f"Bearer {bearer}",
                "Content-Type": "application/json",
            },
            timeout=SECONDS,
            trust_env=False,
        ).status_code

    assert look(token) == 200
    assert look(token[:-1]) == 401
    now = time.time()
    late = now + DOCTOR_SECONDS + 5
    monkeypatch.setattr(signing.time, "time", lambda: late)  # type: ignore[attr-defined]
    assert look(token) == 401
