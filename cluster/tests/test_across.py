"""Two hosts hold what one holds, and survive what may happen; for seconds, where
`python -m cluster --prove` takes a minute."""

import asyncio
import shutil
from collections.abc import Iterator

import pytest

from chat.tests import nginx
from chat.tests.access.redis_server import PROGRAM
from cluster.across import CHECKS, check
from cluster.callers import Told
from cluster.ground import Cluster, standing
from cluster.postgresql import find_programs
from cluster.proof import prove
from cluster.verdict import judge

pytestmark = [pytest.mark.once, pytest.mark.timeout(900)]

CALLERS, SECONDS = 5, 3.0
# That it mends itself, and not how soon: other tests run beside this one.
MENDED_WITHIN = 60.0


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    if not (nginx.PROGRAM and shutil.which(PROGRAM) and find_programs()):
        pytest.skip("two hosts need nginx, redis-server and PostgreSQL")
    with standing() as found:
        yield found


@pytest.fixture(scope="module")
def told() -> list[Told]:
    return []


def test_what_holds_across_hosts(cluster: Cluster, told: list[Told]) -> None:
    for name in CHECKS:
        asyncio.run(check(cluster, name))
    assert not judge(cluster, told).faults


@pytest.mark.parametrize("trial", ["a worker killed", "PostgreSQL failed over"])
def test_what_may_happen(cluster: Cluster, told: list[Told], trial: str) -> None:
    report = prove(cluster, trial, CALLERS, SECONDS, told, MENDED_WITHIN)
    if report.skipped:
        pytest.skip(report.skipped)
    assert not report.faults
