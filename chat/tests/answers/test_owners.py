"""Two clients and two users try each other's ids, known and guessed, at every door."""

import re
from dataclasses import dataclass
from typing import Any

import pytest

from chat import request_id
from chat.tests.access.locked import client_with_key, lock, wait_until_known
from chat.tests.access.test_tokens import PEM, Team
from chat.tests.answers.returning import Browser, is_nothing, use_chat, words
from chat.tests.e2e.watched import Watched

pytestmark = pytest.mark.django_db(transaction=True)

NEVER = "sim:stall=60@20"
DIGITS = re.compile("[0-9a-f]")


@dataclass
class Person:
    """Somebody at a browser; `named` is who its site says it is."""

    browser: Browser
    named: dict[str, str]

    def ask(self, chat: str = "chat1") -> str:
        body = use_chat(NEVER, chat, on_leave="finish", **self.named)
        return self.browser.ask_and_leave(body)[0]

    def has_nothing_at(self, identity: str) -> bool:
        """Neither of the answer, nor of its chunks, nor a say in it."""
        more = self.named
        return (
            is_nothing(self.browser.resume(identity, **more))
            and is_nothing(self.browser.resume(identity, startIndex=0, **more))
            and is_nothing(self.browser.resume(identity, startIndex=-1, **more))
            and is_nothing(self.browser.go_on(identity, **more))
            and is_nothing(self.browser.go_on(identity, 1, **more))
            and not self.browser.stop(identity, **more)
        )

    def has_it_by(self, identity: str) -> bool:
        return bool(words(self.browser.resume(identity, **self.named).content))


def guesses(identity: str) -> list[str]:
    """What one tries who knows of what form an id is, or nearly has it."""
    first = DIGITS.search(identity, 4)
    assert first
    other = "0" if first[0] != "0" else "1"
    near = identity[: first.start()] + other + identity[first.end() :]
    shorter, in_capitals = identity[:-1], identity.upper()
    return [request_id.new(), near, shorter, in_capitals, "chat2", "%2e%2e", "req_*"]


def try_each_other(watched: Watched, one: Person, other: Person) -> None:
    identity = one.ask()
    for named in (identity, "chat1", *guesses(identity)):
        assert other.has_nothing_at(named), named
    # The same chat of another is another chat, and does not end the first.
    theirs = other.ask()
    assert watched.zai.state()["open"] == 2
    assert one.has_nothing_at(theirs)
    assert one.browser.stop("chat1", **one.named)
    assert other.browser.stop(theirs, **other.named)
    for person, mine in ((one, identity), (other, theirs)):
        assert person.has_it_by(mine)
        assert person.has_it_by("chat1")
    assert other.has_nothing_at(identity)
    assert one.has_nothing_at(theirs)


@pytest.fixture
def _locked(settings: Any, monkeypatch: pytest.MonkeyPatch, zai: Any) -> None:
    lock(settings, monkeypatch)


def test_two_clients(_locked: None, watched: Watched) -> None:
    keys = [client_with_key(name)[1] for name in ("one", "two")]
    for key in keys:
        wait_until_known(key)
    url = watched.service.url
    with Browser(url, keys[0]) as one, Browser(url, keys[1]) as two, Browser(url) as no:
        try_each_other(watched, Person(one, {}), Person(two, {}))
        assert no.resume("chat1").status_code == 401
        assert not one.cookies


def test_two_users_of_a_client(_locked: None, watched: Watched) -> None:
    _, key = client_with_key()
    wait_until_known(key)
    with Browser(watched.service.url, key) as browser:
        ann = Person(browser, {"user_id": "ann-ann"})
        try_each_other(watched, ann, Person(browser, {"user_id": "bob-bob"}))
        assert Person(browser, {}).has_nothing_at("chat1")


def test_two_users_with_tokens(_locked: None, watched: Watched) -> None:
    client, key = client_with_key(public_keys=PEM)
    wait_until_known(key)
    tokens = [Team(client).token(sub=name) for name in ("ann-ann", "bob-bob")]
    url = watched.service.url
    with Browser(url, tokens[0]) as ann, Browser(url, tokens[1]) as bob:
        # What a user says of itself in its address counts for nothing.
        liar = Person(bob, {"user_id": "ann-ann"})
        try_each_other(watched, Person(ann, {}), liar)


def test_two_browsers_of_an_open_service(watched: Watched) -> None:
    """By the chat: the request's id is proof enough, and is not guessed."""
    with Browser(watched.service.url) as one, Browser(watched.service.url) as two:
        mine, theirs = Person(one, {}), Person(two, {})
        identity = mine.ask()
        for named in ("chat1", *guesses(identity)):
            assert theirs.has_nothing_at(named), named
        theirs.ask()
        assert theirs.browser.stop("chat1")
        watched.zai.wait(lambda state: state["open"] == 1)
        assert mine.browser.stop("chat1")
        assert mine.has_it_by("chat1")
