"""Keys in the admin: shown once, and revoked when asked twice."""

import re

import httpx
import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session

from chat.access.clients import add_client, make_key, revoke_client
from chat.access.keys import digest_of
from chat.models import Client, ClientKey
from chat.tests.access.test_clients import stored
from chat.tests.admin.people import logged_in, permit
from chat.tests.admin.test_clients import LIST, page_of, post

KEY = re.compile(r"zc_[A-Za-z0-9_-]{43}")


def shown(answer: httpx.Response) -> str:
    """The key that a page shows; that is not kept by anyone on the way."""
    assert answer.status_code == 200
    assert "no-store" in answer.headers["cache-control"]
    [key] = set(KEY.findall(answer.text))
    assert "shown once" in answer.text
    assert f"Authorization: Bearer {key}" in answer.text
    assert 'data-copy="key"' in answer.text
    assert not KEY.search(str(answer.headers))
    return key


def is_nowhere(browser: httpx.Client, client: Client, key: str) -> None:
    for path in (page_of(client), LIST, f"{page_of(client)}history/", "/admin/"):
        assert key not in browser.get(path).text
    assert key not in stored() and key not in str(list(LogEntry.objects.values()))
    sessions = [session.get_decoded() for session in Session.objects.all()]
    assert key not in str(sessions) and key not in str(browser.cookies)


def newest(client: Client) -> str:
    return str(client.keys.latest("pk").pk)


def test_a_client_is_made_with_its_key(operator: httpx.Client) -> None:
    answer = post(operator, f"{LIST}add/", name="Shop", budget_usd_per_day="5")
    key = shown(answer)
    client = Client.objects.get()
    assert client.keys.get().digest == digest_of(key)
    assert client.budget_usd_per_day == 5
    is_nowhere(operator, client, key)
    entry = LogEntry.objects.get()
    assert entry.is_addition() and entry.get_change_message() == "Made, with a key."
    # Who loads the answer again sends the form again.
    again = post(operator, f"{LIST}add/", name="Shop", budget_usd_per_day="5")
    assert "already exists" in again.text and not KEY.search(again.text)
    assert ClientKey.objects.count() == 1


def test_a_further_key_is_asked_for_and_shown_once(operator: httpx.Client) -> None:
    client, first = add_client("Shop")
    path = f"{page_of(client)}key/"
    assert not KEY.search(operator.get(path).text)
    assert client.keys.count() == 1
    form = {"newest": newest(client)}
    key = shown(post(operator, path, **form))
    assert key != first
    is_nowhere(operator, client, key)
    assert LogEntry.objects.get().get_change_message() == (f"Made the key {key[:12]}…")
    again = post(operator, path, **form)
    assert again.status_code == 302 and client.keys.count() == 2
    assert "is not shown again" in operator.get(page_of(client)).text


def test_a_third_key_is_refused(operator: httpx.Client) -> None:
    client, _ = add_client("Shop")
    make_key(client)
    path = f"{page_of(client)}key/"
    assert f'href="{path}"' not in operator.get(page_of(client)).text
    assert post(operator, path, newest=newest(client)).status_code == 302
    assert "2 valid keys" in operator.get(page_of(client)).text
    assert client.keys.count() == 2


def test_a_key_is_revoked_after_a_question(operator: httpx.Client) -> None:
    client, _ = add_client("Shop")
    key = client.keys.get()
    path = f"{page_of(client)}key/{key.pk}/revoke/"
    assert "cannot be taken back" in operator.get(path).text
    key.refresh_from_db()
    assert key.revoked_at is None
    for _ in range(2):
        assert post(operator, path).headers["location"] == page_of(client)
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert LogEntry.objects.get().get_change_message() == f"Revoked the key {key}"
    assert "no key" in operator.get(page_of(client)).text


def test_a_client_is_revoked_after_a_question(operator: httpx.Client) -> None:
    client, _ = add_client("Shop")
    path = f"{page_of(client)}revoke/"
    assert "its requests and figures stay" in operator.get(path).text
    for _ in range(2):
        assert post(operator, path).status_code == 302
    client.refresh_from_db()
    assert client.revoked_at and client.keys.get().revoked_at
    assert LogEntry.objects.get().get_change_message().startswith("Revoked")
    page = operator.get(page_of(client)).text
    assert path not in page and "New key" not in page
    key_path = f"{page_of(client)}key/"
    post(operator, key_path, newest=newest(client))
    assert client.keys.count() == 1


def test_a_key_of_another_client_is_none_of_it(operator: httpx.Client) -> None:
    shop, other = add_client("Shop")[0], add_client("Other")[0]
    key = other.keys.get()
    answer = post(operator, f"{page_of(shop)}key/{key.pk}/revoke/")
    assert answer.headers["location"] == "/admin/"
    key.refresh_from_db()
    assert key.revoked_at is None


@pytest.mark.parametrize("part", ["key/", "revoke/", "key/{}/revoke/"])
def test_nothing_is_done_without_the_token_of_the_form(
    operator: httpx.Client, part: str
) -> None:
    client, _ = add_client("Shop")
    path = page_of(client) + part.format(client.keys.get().pk)
    assert operator.post(path, data={"newest": newest(client)}).status_code == 403
    client.refresh_from_db()
    assert client.revoked_at is None and client.keys.get().revoked_at is None


def test_who_may_change_may_not_make_a_client(url: str) -> None:
    client, _ = add_client("Shop")
    with logged_in(url, "bob") as bob:
        permit("bob", "change_client")
        assert bob.get(f"{LIST}add/").status_code == 403
        assert shown(post(bob, f"{page_of(client)}key/", newest=newest(client)))
    with logged_in(url, "eve") as eve:
        permit("eve", "add_client")
        assert shown(post(eve, f"{LIST}add/", name="Store"))
        assert eve.get(page_of(client)).status_code == 403


def test_the_page_of_a_revoked_client_tells_when(operator: httpx.Client) -> None:
    client, _ = add_client("Shop")
    revoke_client(client)
    page = operator.get(page_of(client)).text
    assert '<span class="state revoked">revoked</span>' in page and ", revoked " in page
