"""A limit of open exchanges, which health does not share."""

from typing import Any

import httpx
import pytest

from chat.exchange.register import open_exchanges
from chat.tests.e2e.raw_caller import RawCaller
from chat.tests.e2e.watched import Watched
from chat.tests.frames import DONE, frames
from chat.tests.waiting import eventually

HEALTH = ["/health", "/health/live", "/health/ready"]


@pytest.fixture
def full(watched: Watched, settings: Any) -> Any:
    """The service with its only place taken, by the caller returned."""
    settings.CHAT_MAX_OPEN_EXCHANGES = 1
    with RawCaller(watched.service.url) as caller:
        caller.ask("sim:stall=60@3")
        caller.read_until(b"data: ")
        yield caller


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.usefixtures("full")
def test_one_too_many_is_refused(watched: Watched, stream: bool) -> None:
    response = watched.service.post(stream=stream)
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) > 0
    assert response.json()["error"]["code"] == "at_capacity"
    assert response.json()["detail"] == response.json()["error"]["message"]
    ended = watched.service.ended()
    assert (ended.ending, ended.status) == ("refused", 503)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", HEALTH)
@pytest.mark.usefixtures("full")
def test_health_answers_all_the_same(watched: Watched, path: str) -> None:
    assert httpx.get(f"{watched.service.url}{path}", trust_env=False).is_success


def test_the_place_is_free_when_its_holder_left(watched: Watched, full: Any) -> None:
    full.close()
    assert watched.service.ended().ending == "client_disconnected"
    assert frames(watched.service.post().content)[-1] == DONE


def test_a_place_is_taken_before_z_ai_answers(watched: Watched, settings: Any) -> None:
    settings.CHAT_MAX_OPEN_EXCHANGES = 1
    with RawCaller(watched.service.url) as caller:
        caller.ask("sim:silent")
        eventually(lambda: open_exchanges)
        assert watched.service.post().status_code == 503


def test_no_place_is_lost_to_failures(watched: Watched, settings: Any) -> None:
    settings.CHAT_MAX_OPEN_EXCHANGES = 1
    settings.ZAI_MAX_TRIES = 1
    for scenario in ("sim:cut=0", "sim:cut=3", "sim:error=1113", "sim:html", "Hello"):
        # The gate to a model is shut for a moment after a fault of the account.
        model = "glm-4.5" if "1113" in scenario else "glm-4.6"
        watched.service.post(scenario, model=model)
        assert watched.service.ended().ending != "refused"
        assert watched.nothing_is_left()
