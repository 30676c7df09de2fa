"""What is done to a client holds in each of four processes, and ends what is open."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chat.access.clients import add_client, make_key, revoke_client, revoke_key
from chat.models import Client, RequestLog
from chat.tests.access.asking import Answer, asking, let_in, post
from chat.tests.access.four import WORKERS, statuses, workers
from chat.tests.requestlog.closed_rows import all_closed
from chat.tests.waiting import eventually

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]

SLOW = "sim:trickle=0.1 sim:events=9000"


@pytest.fixture(params=["without Redis", "with Redis"])
def redis_url(request: Any, settings: Any) -> str:
    """Who revokes tells Redis, too."""
    settings.REDIS_URL = ""
    if request.param == "with Redis":
        settings.REDIS_URL = request.getfixturevalue("redis_server").url
    url: str = settings.REDIS_URL
    return url


def wait_for_the_end(answers: list[Answer]) -> float:
    """Until all have been told that they were stopped; how long that took."""
    began = time.monotonic()
    for one in answers:
        one.caller.read_until(b'"code":"stopped"')
    return time.monotonic() - began


def open_at_all(url: str, key: str, stack: ExitStack) -> Iterator[Answer]:
    """Streams, until each process has some of them: which takes a caller is the
    system's business."""
    rows = RequestLog.objects.filter(ending=None, client__name="Revoked")
    while rows.values("process").distinct().count() < WORKERS:
        some = stack.enter_context(asking(url, 4, SLOW, key=key))
        assert len(let_in(some)) == 4
        yield from some


def test_a_client_that_is_revoked(
    zai: Any, tmp_path: Path, redis_url: str, record_property: Any
) -> None:
    client, key = add_client("Revoked")
    _, other = add_client("Another")
    with (
        workers(tmp_path, zai, REDIS_URL=redis_url) as process,
        asking(process.url, 4, SLOW, key=other) as others,
        ExitStack() as callers,
    ):
        mine = list(open_at_all(process.url, key, callers))
        eventually(lambda: RequestLog.objects.count() == len(mine) + len(others))
        assert revoke_client(client)
        seconds = wait_for_the_end(mine)
        record_property("seconds", seconds)
        print(f"{redis_url or 'without Redis'}: all were stopped after {seconds:.2f} s")
        # Who asks that often by what is no key any more is told 429 at some point.
        eventually(lambda: 200 not in statuses(process.url, key))
        assert statuses(process.url, other) == {200}
        stopped = RequestLog.objects.filter(ending="stopped", client=client)
        eventually(lambda: stopped.count() == len(mine))
        still_open = RequestLog.objects.filter(ending=None)
        eventually(lambda: still_open.count() == len(others))
    assert set(stopped.values_list("error_code", flat=True)) == {"stopped"}
    assert not stopped.filter(charged_usd=None).exists()


def test_one_key_of_two(zai: Any, tmp_path: Path) -> None:
    client, first = add_client("Two keys")
    second = make_key(client)
    with (
        workers(tmp_path, zai, 2) as process,
        asking(process.url, 6, SLOW, key=first) as old,
        asking(process.url, 6, SLOW, key=second) as new,
    ):
        assert (len(let_in(old)), len(let_in(new))) == (6, 6)
        assert revoke_key(client.keys.earliest("pk"))
        wait_for_the_end(old)
        eventually(lambda: 200 not in statuses(process.url, first))
        assert statuses(process.url, second) == {200}
        eventually(lambda: RequestLog.objects.filter(ending=None).count() == 6)


def test_a_budget_that_is_raised(zai: Any, tmp_path: Path, redis_url: str) -> None:
    """And one that is lowered below what is spent."""
    client, key = add_client("Poor", budget_usd_per_day=Decimal(0))
    with workers(tmp_path, zai, REDIS_URL=redis_url) as process:

        def told() -> set[str]:
            with asking(process.url, 5 * WORKERS, "Hello", key=key) as answers:
                refused = {one.code for one in answers if one.status != 200}
                return refused | {"200" for _ in let_in(answers)}

        assert told() == {"budget_spent"}
        refused = post(process.url, key=key)
        assert refused.headers["x-should-retry"] == "false"
        assert int(refused.headers["retry-after"]) > 0
        Client.objects.filter(pk=client.pk).update(budget_usd_per_day=Decimal(5))
        eventually(lambda: told() == {"200"})
        eventually(lambda: not RequestLog.objects.filter(ending=None).exists())
        # Who left before Z.AI was asked, on a busy machine, pays nothing.
        asked = [row for row in all_closed(5 * WORKERS) if row.tries]
        assert asked and all(row.charged_usd for row in asked)
        lowered = Decimal("0.01")
        spent = sum(row.charged_usd or 0 for row in RequestLog.objects.all())
        if spent < lowered:  # room for less than one, then
            lowered = Decimal(0)
        Client.objects.filter(pk=client.pk).update(budget_usd_per_day=lowered)
        eventually(lambda: told() == {"budget_spent"})
