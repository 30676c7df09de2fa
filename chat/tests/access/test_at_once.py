"""Many requests at once, at one process and at four: over real HTTP, to the request."""

import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chat.access.clients import add_client
from chat.access.keys import digest_of
from chat.models import ClientKey, RequestLog
from chat.tests.access.asking import Answer, asking, let_in, post
from chat.tests.access.four import WORKERS, workers
from chat.tests.access.redis_server import RedisServer
from chat.tests.waiting import eventually

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]

CALLERS = 50
ROOM = 10
# What one of them may cost is 0.95 thousandths of a dollar: of glm-4.6, 4 tokens of
# text and these. Of a cent that is room for ten.
TOKENS = {"max_tokens": 430}
BUDGET = Decimal("0.01")


def codes(answers: list[Answer]) -> set[str]:
    return {one.code for one in answers if one.status != 200}


def test_of_a_budget_one_process_gives_no_more_than_there_is(
    zai: Any, tmp_path: Path
) -> None:
    _, key = add_client("A client", budget_usd_per_day=BUDGET)
    with workers(tmp_path, zai, 1) as process:
        with asking(process.url, CALLERS, key=key, **TOKENS) as answers:
            assert len(let_in(answers)) == ROOM
            assert codes(answers) == {"rate_limited"}
            refused = next(one for one in answers if one.status == 429)
            assert refused.headers["retry-after"] == "5"
        # They have left, and cost next to nothing: there is room again.
        eventually(lambda: post(process.url, key=key, **TOKENS).status_code == 200)


def test_four_with_redis_give_no_more_than_there_is(
    zai: Any, tmp_path: Path, redis_server: RedisServer
) -> None:
    """Of a budget, of rates and of places: to the request."""
    _, paid = add_client("A client", budget_usd_per_day=BUDGET)
    _, often = add_client("Often", requests_per_minute=17)
    _, many = add_client("Many", open_at_once=7)
    _, users = add_client("Users", user_requests_per_minute=3, user_open_at_once=2)
    with workers(tmp_path, zai, REDIS_URL=redis_server.url) as process:
        url = process.url
        with asking(url, CALLERS, key=paid, **TOKENS) as answers:
            assert len(let_in(answers)) == ROOM
            assert codes(answers) == {"rate_limited"}
            serving = RequestLog.objects.values_list("process", flat=True).distinct()
            eventually(lambda: RequestLog.objects.count() == ROOM)
            assert len(serving) > 1
        eventually(lambda: post(url, key=paid, **TOKENS).status_code == 200)
        with asking(url, CALLERS, "Hello", key=often) as answers:
            assert len(let_in(answers)) == 17
            assert codes(answers) == {"rate_limited"}
            left = {one.headers["ratelimit"].split(";")[1] for one in let_in(answers)}
            assert left == {f"r={number}" for number in range(17)}
        for _ in range(2):
            with asking(url, CALLERS, key=many) as answers:
                assert len(let_in(answers)) == 7
            eventually(lambda: not RequestLog.objects.filter(ending=None).exists())
            eventually(lambda: redis_server.held(f"open:client:{client_of(many)}") == 0)
        for user in ("user-1", "user-2"):
            with asking(url, CALLERS, key=users, user_id=user) as answers:
                assert len(let_in(answers)) == 2
            eventually(lambda: not RequestLog.objects.filter(ending=None).exists())
            # Who was refused for want of a place did not use up the minute.
            eventually(lambda: post(url, key=users, user_id=user).status_code == 200)  # noqa: B023
            assert post(url, key=users, user_id=user).status_code == 429


def test_without_redis_four_overspend_by_what_they_let_in_before_they_know(
    zai: Any, tmp_path: Path, record_property: Any
) -> None:
    """Each knows what the others hold as soon as it has read their rows; of a rate each
    has its share."""
    client, key = add_client("A client", budget_usd_per_day=BUDGET)
    _, often = add_client("Often", requests_per_minute=5)
    with (
        workers(tmp_path, zai) as process,
        asking(process.url, CALLERS, key=key, **TOKENS) as answers,
    ):
        passed = len(let_in(answers))
        record_property("passed", passed)
        print(f"{passed} of {CALLERS} passed where there was room for {ROOM}")
        assert ROOM <= passed <= WORKERS * ROOM
        held = RequestLog.objects.filter(ending=None, client=client)
        eventually(lambda: held.count() == passed)

        def is_known_to_all() -> bool:
            # Each process has some of them, sooner or later: all have looked by then.
            for _ in range(4):
                with asking(process.url, CALLERS, key=key, **TOKENS) as more:
                    if let_in(more):
                        return False
                time.sleep(0.5)
            return True

        eventually(is_known_to_all)
        with asking(process.url, CALLERS, key=key, **TOKENS) as more:
            assert not let_in(more)
        with asking(process.url, CALLERS, "Hello", key=often) as others:
            assert 5 <= len(let_in(others)) <= 5 * WORKERS


def client_of(key: str) -> int:
    return ClientKey.objects.get(digest=digest_of(key)).client_id
