"""Two clients and two users try each other's ids."""

from typing import Any

import pytest

from chat.tests.access.locked import client_with_key, lock, wait_until_known
from chat.tests.answers.returning import Browser, is_nothing, use_chat, words
from chat.tests.e2e.watched import Watched

pytestmark = pytest.mark.django_db(transaction=True)

NEVER = "sim:stall=60@20"


@pytest.fixture(autouse=True)
def _locked(settings: Any, monkeypatch: pytest.MonkeyPatch, zai: Any) -> None:
    lock(settings, monkeypatch)


def test_two_clients(watched: Watched) -> None:
    keys = [client_with_key(name)[1] for name in ("one", "two")]
    for key in keys:
        wait_until_known(key)
    url = watched.service.url
    with Browser(url, keys[0]) as one, Browser(url, keys[1]) as two, Browser(url) as no:
        identity, _ = one.ask_and_leave(use_chat(NEVER, on_leave="finish"))
        for other in (identity, "chat1"):
            assert is_nothing(two.resume(other))
            assert is_nothing(two.go_on(other))
            assert not two.stop(other)
            assert no.resume(other).status_code == 401
        assert one.stop("chat1")
        assert words(one.resume(identity).content)
        assert not one.cookies


def test_two_users_of_a_client(watched: Watched) -> None:
    _, key = client_with_key()
    wait_until_known(key)
    ann, bob = {"user_id": "ann-ann"}, {"user_id": "bob-bob"}
    with Browser(watched.service.url, key) as browser:
        body = use_chat(NEVER, on_leave="finish", **ann)
        identity, _ = browser.ask_and_leave(body)
        for other in (identity, "chat1"):
            assert is_nothing(browser.resume(other))
            assert is_nothing(browser.resume(other, **bob))
            assert not browser.stop(other, **bob)
        assert browser.stop("chat1", **ann)
        assert words(browser.resume("chat1", **ann).content)
