"""The simulator counts what is open by key and model, and keeps limits as Z.AI does."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx
import jwt
import pytest

from chat.simulator import Options, create_app
from chat.simulator.limit import Limit
from chat.tests.waiting import eventually

from .test_simulator import Caller, calling
from .test_simulator_ledger import all_gone

pytestmark = pytest.mark.once

OPEN = "sim:stall=60@1"
BEIJING = timezone(timedelta(hours=8))


@pytest.fixture(scope="module")
def _z() -> Iterator[Caller]:
    with calling() as caller:
        yield caller


@pytest.fixture
def z(_z: Caller) -> Caller:
    _z.zai.reset()
    return _z


def as_(z: Caller, key: str, **given: Any) -> httpx.Response:
    """Ask with another key."""
    headers = {"Authorization": f"Bearer {key}"}
    return z.http.post(z.url, json=z.body(**given), headers=headers)


def counts(z: Caller) -> dict[tuple[str, str], dict[str, Any]]:
    found = z.http.get(f"{z.zai.url}/_simulator/counts").json()["counts"]
    return {(count["key"], count["model"]): count for count in found}


def refusal(response: httpx.Response) -> str:
    assert response.status_code == 429
    return str(response.json()["error"]["code"])


def told_reset(response: httpx.Response) -> datetime:
    """By Beijing's clock, as the code 1308 has it."""
    message = response.json()["error"]["message"]
    reset = datetime.strptime(message[-19:], "%Y-%m-%d %H:%M:%S")
    return reset.replace(tzinfo=BEIJING)


def test_what_is_open_is_counted_by_key_and_model(z: Caller) -> None:
    with z.begun(OPEN), z.begun(OPEN):
        as_(z, "other.secret")
        z.ask(model="GLM-4.5")
        z.ask(model="no-such-model")
        z.ask("sim:error=1305")
        assert counts(z)["test-id", "glm-4.6"]["open"] == 2
    z.zai.wait(all_gone)
    found = counts(z)
    assert list(found) == [
        ("test-id", "glm-4.6"),
        ("other", "glm-4.6"),
        ("test-id", "glm-4.5"),
        ("test-id", "unknown"),
    ]
    first = found["test-id", "glm-4.6"]
    lasted = first.pop("seconds_open")
    assert first == {
        "key": "test-id",
        "model": "glm-4.6",
        "open": 0,
        "most_open": 3,
        "questions": 3,
        "answered": 0,
        "broken_off": 2,
        "refused": {"1305": 1},
    }
    assert lasted.keys() == {"0", "1", "2", "3"}
    assert lasted["2"] > 0
    assert found["other", "glm-4.6"]["answered"] == 1
    assert found["test-id", "unknown"]["refused"] == {"1211": 1}
    assert z.zai.state()["counts"][0]["questions"] == 3
    assert z.zai.state()["requests"][1]["open"] == 2
    assert z.zai.state()["requests"][5]["refused"] == "1305"


def test_a_token_counts_as_the_key_that_signed_it(z: Caller) -> None:
    claims = {"api_key": "test-id", "exp": time.time() + 60}
    assert as_(z, jwt.encode(claims, "s" * 32)).is_success
    assert as_(z, "a.token.of-nobody").is_success
    assert list(counts(z)) == [("test-id", "glm-4.6"), ("token", "glm-4.6")]


def test_too_many_at_a_time_are_refused() -> None:
    with calling(Options(speed=0, concurrency="1")) as z:
        with z.begun(OPEN):
            refused = z.ask(request_id="req_refused")
            assert as_(z, "other.secret").is_success
            assert z.ask(model="glm-4.5").is_success
        z.zai.wait(all_gone)
        assert refusal(refused) == "1302"
        assert refused.json()["error"]["message"] == "Rate limit reached for requests"
        # The same id again: what was refused never began.
        assert z.ask(request_id="req_refused").is_success
        count = counts(z)["test-id", "glm-4.6"]
    assert (count["most_open"], count["refused"]) == (2, {"1302": 1})


def test_a_limit_can_be_set_while_it_runs(z: Caller) -> None:
    url = f"{z.zai.url}/_simulator/concurrency"
    assert z.http.post(url, content="0").json()["limit"] == 0
    assert refusal(z.ask()) == "1302"
    said = z.http.post(url, content="five")
    assert said.status_code == 400
    assert said.json() == {"error": 'A limit is "5" or "5,3@20", not "five".'}
    z.zai.limit("")
    assert z.ask().is_success
    z.zai.limit("0")
    z.zai.reset()
    assert z.ask().is_success


def test_a_limit_moves_as_time_goes_on(z: Caller) -> None:
    z.zai.limit("5,0@0.05,3@3600")
    eventually(lambda: z.ask().status_code == 429)
    assert Limit("5,3@3600").now() == 5
    assert Limit("7@3600").now() is None
    assert Limit("7@3600,3,2@0").now() == 3


@pytest.mark.parametrize(
    "given",
    [
        {"concurrency": "-1"},
        {"concurrency": "5,"},
        {"concurrency": "5@"},
        {"concurrency": "5@inf"},
        {"window": "5"},
        {"window": "5@0"},
        {"window": "-5@60"},
    ],
)
def test_a_limit_that_cannot_be_read_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"(limit|window) is"):
        create_app(Options(**given))  # type: ignore[arg-type]


def test_a_window_is_refused_beyond_until_the_time_that_is_told() -> None:
    with calling(Options(speed=0, window="2@3600")) as z:
        assert [z.ask(model=name).status_code for name in ("glm-4.6", "glm-4.5")] == [
            200,
            200,
        ]
        refused = z.ask()
        assert refusal(refused) == "1308"
        assert told_reset(refused) == told_reset(z.ask())
        ahead = told_reset(refused) - datetime.now(UTC)
        assert timedelta(minutes=59) < ahead <= timedelta(seconds=3601)
        assert as_(z, "other.secret").is_success
        z.zai.reset()
        assert z.ask().is_success


def test_a_window_begins_anew_at_the_time_that_was_told() -> None:
    with calling(Options(speed=0, window="1@0.1:1310")) as z:
        assert z.ask().is_success
        refused = z.ask()
        assert refusal(refused) == "1310"
        eventually(lambda: z.ask().is_success)
        assert datetime.now(UTC) >= told_reset(refused)


def test_a_model_is_shut_to_a_key_until_it_is_reset(z: Caller) -> None:
    told = z.ask("sim:shut=1308@3600")
    assert refusal(told) == "1308"
    again = z.ask()
    assert (refusal(again), told_reset(again)) == ("1308", told_reset(told))
    assert z.ask(model="glm-4.5").is_success
    assert as_(z, "other.secret").is_success
    assert refusal(z.ask("sim:shut=1304@60")) == "1304"
    assert "reset" not in z.ask().json()["error"]["message"]
    assert refusal(z.ask("sim:shut=1319")) == "1319"
    assert z.ask().json()["error"]["message"].endswith("Z")
    assert z.ask("sim:shut=1308@0").is_success
    assert z.ask().is_success


def test_an_answer_in_one_piece_takes_as_long_as_is_said(z: Caller) -> None:
    before = time.monotonic()
    assert z.ask("sim:takes=0.2").is_success
    assert time.monotonic() - before >= 0.2
