"""One process of the service, or several with Redis, on one database and one Z.AI."""

import contextlib
import re
import sqlite3
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.ours import Ours
from benchmarks.standin import StandIn, standing_in
from benchmarks.target import Target, launched
from chat.tests.access.redis_server import RedisServer

WARM_UP = 5
# Each once as a stream and once whole.
ASKED_BEFORE = 2 * WARM_UP
ROWS = "SELECT coalesce(ending, 'open'), count(*) FROM chat_requestlog GROUP BY 1"
GAUGE = re.compile(r"^zai_chat_(\w+)(?:\{[^}]*\})? (\d[0-9.e+-]*)$", re.MULTILINE)


@dataclass(frozen=True)
class Ground:
    targets: list[Target]
    standin: StandIn
    database: Path

    @property
    def urls(self) -> list[str]:
        return [f"http://127.0.0.1:{target.port}" for target in self.targets]

    @property
    def rss(self) -> int:
        return sum(target.process.rss for target in self.targets)

    def rows(self) -> Counter[str]:
        """How many rows there are of each ending."""
        with contextlib.closing(sqlite3.connect(self.database, timeout=10)) as database:
            return Counter(dict(database.execute(ROWS).fetchall()))

    def gauges(self) -> Counter[str]:
        """What the processes say of themselves, added up."""
        found: Counter[str] = Counter()
        with urllib.request.urlopen(f"{self.urls[0]}/metrics", timeout=10) as answer:
            for name, value in GAUGE.findall(answer.read().decode()):
                found[name] += round(float(value))
        return found


@contextlib.contextmanager
def standing(processes: int, settings: Mapping[str, str]) -> Iterator[Ground]:
    """Start all of it, warm, for as long as the block lasts. Raises CannotStart."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        standin = stack.enter_context(standing_in(folder))
        database = folder / "resume.sqlite3"
        variables = {
            "DATABASE_URL": f"sqlite:///{database}",
            "CHAT_SPOOL_DIR": str(folder / "spool"),
            "METRICS_ACCESS": "loopback",
            "ZAI_CONCURRENCY": "1000",
            "REDIS_URL": "",
            **settings,
        }
        if processes > 1:
            redis = RedisServer(folder)
            stack.callback(redis.end)
            redis.calm()
            variables["REDIS_URL"] = redis.url
        server = Ours("ours", "zai-chat-django", settings=variables)
        targets = [
            stack.enter_context(launched(server, standin, warm_up=WARM_UP))
            for _ in range(processes)
        ]
        ground = Ground(targets, standin, database)
        _wait_for_rows(ground, processes * ASKED_BEFORE)
        yield ground


def _wait_for_rows(ground: Ground, count: int) -> None:
    """Until what warmed it up is in the log."""
    end = time.monotonic() + 60
    while (rows := ground.rows()).total() < count or rows["open"]:
        assert time.monotonic() < end, rows
        time.sleep(0.1)
