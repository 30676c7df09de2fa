"""kill -9, and who leaves or is cut off: all that was set aside comes back, and what is
spent is the sum of the rows, to a millionth of a dollar."""

import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Q

from chat.access import watch
from chat.access.asker import STRANGER, Asker
from chat.access.claim import Claim, What
from chat.access.claims import list_claims
from chat.access.directory import directory
from chat.models import RequestLog
from chat.models.request_log import Admitted
from chat.requestlog.journal import journal
from chat.tests.access.books import books_agree, spent
from chat.tests.access.payers import OPEN_BUDGET, USERS, Payer, Payers, make_payers
from chat.tests.access.redis_server import RedisServer
from chat.tests.requestlog.hurry import hurry
from chat.tests.requestlog.processes import quick_process
from chat.tests.requestlog.test_killed import owners
from chat.tests.serving import service_for
from chat.tests.waiting import eventually

# A kill takes some seconds. `python -m benchmarks.spending` is the long version.
KILLS = int(os.environ.get("CHAT_TEST_KILLS", "2"))
REQUESTS = int(os.environ.get("CHAT_TEST_REQUESTS", "100"))
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(600 + 60 * KILLS),
]
SECONDS_TO_SETTLE = 120.0


@pytest.fixture(
    params=["without Redis", pytest.param("with Redis", marks=pytest.mark.once)]
)
def counting(request: Any) -> RedisServer | None:
    if request.param == "without Redis":
        return None
    server: RedisServer = request.getfixturevalue("redis_server")
    return server


def test_what_is_spent_is_the_sum_of_the_rows(
    zai: Any,
    settings: Any,
    tmp_path: Path,
    counting: RedisServer | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One process lives, and others beside it are killed, one after the other."""
    variables = {
        "CHAT_OPEN_BUDGET_USD_PER_DAY": OPEN_BUDGET,
        "CHAT_BUDGET_USD_PER_MONTH": "1000",
        "REDIS_URL": counting.url if counting else "",
    }
    settings.CHAT_OPEN_BUDGET_USD_PER_DAY = float(OPEN_BUDGET)
    settings.CHAT_BUDGET_USD_PER_MONTH = 1000
    settings.REDIS_URL = variables["REDIS_URL"]
    hurry(monkeypatch.setattr)
    chance = random.Random(os.environ.get("CHAT_TEST_SEED"))
    payers = make_payers()
    crowd = Payers(8, payers, chance)
    spool, dead = tmp_path / "spool", set[str]()
    with service_for() as survivor:
        eventually(lambda: all(is_known(payer) for payer in payers))
        try:
            for number in range(KILLS):
                with quick_process(tmp_path / f"{number}", zai, **variables) as victim:
                    crowd.begin(victim.url, survivor.url)
                    enough = REQUESTS * (number + 1) // KILLS
                    eventually(lambda: crowd.made >= enough, 300)  # noqa: B023
                    time.sleep(chance.random() / 2)
                    victim.end(signal.SIGKILL)
                    dead |= owners(spool) - {journal().process}
                    crowd.begin(survivor.url)
        finally:
            crowd.leave()
        is_over(spool, dead, counting)
        with capsys.disabled():
            print(
                f"\n{KILLS} kills: {crowd.made} requests, {dict(crowd.told)};"
                f" {spent()} US dollars were spent"
            )
        claims = claims_of(payers)
        eventually(lambda: nothing_is_held(claims, counting), SECONDS_TO_SETTLE)
        uses = watch.ledger().used(claims)
    assert books_agree()
    for claim, use in zip(claims, uses, strict=True):
        if claim.sum and use.spent and claim.sum.period == "day":
            of = claim.sum
            known = round(spent(of.scope, of.client_id, of.user_id) * 1_000_000)
            assert use.spent >= known
    every_row_is_charged(crowd)


def is_known(payer: Payer) -> bool:
    return payer.client_id is None or directory.client(payer.client_id) is not None


def is_over(spool: Path, dead: set[str], redis_server: RedisServer | None) -> None:
    """Wait until what the dead left is written and closed, as leases have run out."""
    eventually(lambda: dead.isdisjoint(owners(spool)), SECONDS_TO_SETTLE)
    is_open = RequestLog.objects.filter(ending=None)
    eventually(lambda: not is_open.exists(), SECONDS_TO_SETTLE)
    if redis_server:
        for lease in redis_server.leases():
            if journal().process not in lease:
                redis_server.client.expire(lease, 1)


def claims_of(payers: list[Payer]) -> list[Claim]:
    """All that any of them may have taken."""
    found = list(list_claims(STRANGER, "", None, 0))
    for payer in payers:
        if payer.client_id:
            asker = Asker(by=Admitted.KEY, terms=directory.client(payer.client_id))
            for user in ("", *USERS, "somebody"):
                found += list_claims(asker, user, None, 0)
    return [claim for claim in found if claim.what is not What.RATE]


def nothing_is_held(claims: list[Claim], redis_server: RedisServer | None) -> bool:
    if redis_server:
        names = redis_server.client.scan_iter("{zc}:held:*")
        held = [redis_server.held(n.decode().removeprefix("{zc}:held:")) for n in names]
        if any(held):
            return False
    return not any(use.held for use in watch.ledger().used(claims))


def every_row_is_charged(crowd: Payers) -> None:
    rows = RequestLog.objects.exclude(ending="refused")
    assert not rows.filter(Q(ending=None) | Q(charged_usd=None)).exists()
    # Some were told 200, and had no turn at Z.AI in time: these are refused.
    known = set(RequestLog.objects.values_list("pk", flat=True))
    assert set(crowd.answered) <= known
    # What it did cost is known of what came to its end, and only of that.
    whole = rows.filter(ending="completed", cost_usd__gt=0)
    assert not whole.filter(is_estimated=True).exists()
    assert all(row.charged_usd == row.cost_usd for row in whole)
    unknown = rows.filter(cost_usd=None, charged_usd__gt=0)
    assert not unknown.exclude(is_estimated=True).exists()
    dead = rows.filter(ending="interrupted", charged_usd__gt=0)
    assert not dead.exclude(is_estimated=True).exists()
    untaken = rows.filter(ending="upstream_rejected").exclude(charged_usd=0)
    assert not untaken.exists()
