"""Trying again: only before the first event, and only what may help."""

from typing import Any

import pytest

from chat.tests.frames import DONE, frames
from chat.tests.serving import Service

ONCE = "sim:error-once=1302"


@pytest.mark.parametrize("stream", [True, False])
def test_a_passing_error_is_not_seen(service: Service, stream: bool) -> None:
    response = service.post(ONCE, stream=stream)
    assert response.status_code == 200
    assert service.ended().tries == 2


def test_each_try_has_an_id_of_its_own(service: Service, zai: Any) -> None:
    response = service.post("sim:error-once=1234:2")
    first = response.headers["x-request-id"]
    asked = [request["request_id"] for request in zai.state()["requests"]]
    assert asked == [first, f"{first}-2", f"{first}-3"]


def test_tries_are_limited(service: Service, zai: Any, settings: Any) -> None:
    settings.ZAI_MAX_TRIES = 2
    assert service.post("sim:error=1234").status_code == 502
    assert zai.state()["total"] == 2


def test_no_try_begins_after_the_budget(
    service: Service, zai: Any, settings: Any
) -> None:
    settings.ZAI_RETRY_BUDGET_SECONDS = 0
    assert service.post("sim:error=1234").status_code == 502
    assert zai.state()["total"] == 1


@pytest.mark.parametrize("code", ["1113", "1210", "1301", "1308", "1311"])
def test_what_will_not_pass_is_asked_once(
    service: Service, zai: Any, code: str
) -> None:
    service.post(f"sim:error={code}")
    assert zai.state()["total"] == 1


def test_nothing_is_tried_again_once_words_have_come(
    service: Service, zai: Any
) -> None:
    response = service.post("sim:cut=3")
    assert frames(response.content)[-1] != DONE
    assert zai.state()["total"] == 1


def test_an_error_as_first_event_is_tried_again(service: Service, zai: Any) -> None:
    service.post("sim:stream-error=1234")
    assert zai.state()["total"] > 1


def test_a_connection_that_died_in_the_pool_is_no_try_and_no_seen_id(
    service: Service, zai: Any, settings: Any
) -> None:
    settings.ZAI_MAX_TRIES = 1
    service.post("Hello", stream=False)
    service.ended()
    response = service.post("sim:cut-before", stream=False)
    assert response.json()["detail"] == "The connection to Z.AI broke off."
    asked = [request["request_id"] for request in zai.state()["requests"]][1:]
    first = response.headers["x-request-id"]
    assert asked == [first, f"{first}-again-1"]
    assert service.ended().tries == 1
