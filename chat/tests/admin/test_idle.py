import time
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.contrib.sessions.models import Session

from chat.admin.idle import USED

POLL = "/admin/now/rows/"


def session() -> Any:
    return Session.objects.get().get_decoded()


def left_alone(browser: httpx.Client, minutes: float) -> None:
    """Let so much time pass for the one session that there is."""
    from django.contrib.sessions.backends.db import SessionStore

    store = SessionStore(Session.objects.get().pk)
    store[USED] = time.time() - minutes * 60
    store.save()


def test_who_went_away_has_to_log_in_again(operator: httpx.Client) -> None:
    assert operator.get("/admin/").status_code == 200
    left_alone(operator, 61)
    answer = operator.get("/admin/")
    assert answer.headers["location"].startswith("/admin/login/")
    assert not Session.objects.exists()
    assert operator.get("/admin/").status_code == 302


def test_who_uses_it_stays(operator: httpx.Client) -> None:
    operator.get("/admin/")
    for _ in range(3):
        left_alone(operator, 50)
        assert operator.get("/admin/now/").status_code == 200
        assert time.time() - session()[USED] < 60


def test_a_page_that_renews_itself_does_not_count_as_use(
    operator: httpx.Client,
) -> None:
    operator.get("/admin/now/")
    left_alone(operator, 50)
    assert operator.get(POLL).status_code == 200
    assert time.time() - session()[USED] > 2_900
    left_alone(operator, 61)
    assert operator.get(POLL).status_code == 302


def test_use_is_not_written_down_each_time(operator: httpx.Client) -> None:
    operator.get("/admin/")
    left_alone(operator, 2)
    before = session()[USED]
    operator.get("/admin/")
    assert session()[USED] == before


@pytest.mark.parametrize(("minutes", "status"), [(0, 200), (5, 302)])
def test_the_limit_can_be_set(
    operator: httpx.Client, settings: Any, minutes: int, status: int
) -> None:
    settings.ADMIN_IDLE_MINUTES = minutes
    operator.get("/admin/now/")
    left_alone(operator, 9_999)
    assert operator.get("/admin/").status_code == status


def test_the_cookie_has_the_name_of_the_setting(operator: httpx.Client) -> None:
    assert settings.SESSION_COOKIE_NAME == "__Host-sessionid"
    assert list(operator.cookies) == ["__Host-sessionid"]
