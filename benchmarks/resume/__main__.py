"""`python -m benchmarks.resume`: ten minutes of starts, leaves, resumes and stops."""

import argparse
import asyncio
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import httpx

from benchmarks.limits import raise_file_limit
from benchmarks.ours import Ours
from benchmarks.resume.browser import Browser
from benchmarks.soak.watch import Watch, open_at
from benchmarks.standin import standing_in
from benchmarks.target import Target, launched

# Little, so that it has to make room again and again.
KEPT_BYTES = 20_000_000
SETTINGS = {
    "CHAT_KEEP_BYTES": str(KEPT_BYTES),
    "CHAT_KEEP_ANSWER_SECONDS": "20",
    "CHAT_LEFT_SECONDS": "5",
    "ZAI_CONCURRENCY": "1000",
}
QUIET_SECONDS = 30.0
WARM_UP = 5


def main() -> None:
    options = _options()
    raise_file_limit()
    with tempfile.TemporaryDirectory() as name, standing_in(Path(name)) as standin:
        database = Path(name) / "soak.sqlite3"
        settings = {**SETTINGS, "DATABASE_URL": f"sqlite:///{database}"}
        server = Ours("ours", "zai-chat-django", settings=settings)
        with launched(server, standin, warm_up=WARM_UP) as target:
            rss = target.process.rss
            before = _rows(database)
            while sum(before.values()) < 2 * WARM_UP or before["open"]:
                time.sleep(0.1)
                before = _rows(database)
            watch = Watch(target)
            counts, faults = asyncio.run(_soak(target, options))
            faults += _judge(target, watch, counts, database, sum(before.values()))
            grown = target.process.rss - rss
            print(" ".join(f"{what}={n}" for what, n in sorted(counts.items())))
            print(
                f"Endings: {dict(_rows(database) - before)}; {grown / 1e6:.0f} MB more."
            )
            watch.close()
    for fault, number in faults.items():
        print(f"{fault}: {number}")
    print(
        "FAILED" if faults else "OK: nothing lost, doubled, left or given to another."
    )
    sys.exit(bool(faults))


async def _soak(
    target: Target, options: argparse.Namespace
) -> tuple[Counter[str], Counter[str]]:
    counts: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    end = time.monotonic() + options.minutes * 60
    url = f"http://127.0.0.1:{target.port}"

    async def live() -> None:
        async with (
            httpx.AsyncClient(base_url=url, timeout=60, trust_env=False) as client,
            httpx.AsyncClient(base_url=url, timeout=60, trust_env=False) as other,
        ):
            browser = Browser(client, other, counts)
            while time.monotonic() < end and counts["asked"] < options.starts:
                await browser.act()
            faults.update(browser.faults)

    async with asyncio.TaskGroup() as group:
        for _ in range(options.browsers):
            group.create_task(live())
    return counts, faults


def _judge(
    target: Target, watch: Watch, counts: Counter[str], database: Path, before: int
) -> Counter[str]:
    """Wait, not for ever, until all is quiet; say what does not agree then."""
    faults: Counter[str] = Counter()
    end = time.monotonic() + QUIET_SECONDS
    while time.monotonic() < end:
        rows = _rows(database)
        is_over = not rows["open"] and sum(rows.values()) - before == counts["asked"]
        if is_over and not open_at(target.standin):
            break
        time.sleep(0.5)
    watch.look()
    faults["open at Z.AI"] = open_at(target.standin)
    faults["rows without an end"] = rows["open"]
    faults["rows too many or too few"] = sum(rows.values()) - before - counts["asked"]
    faults["ended by a fault of ours"] = rows["failed"]
    faults["tracebacks"] = watch.tracebacks
    logged = sum(watch.endings.values()) - before - counts["asked"]
    faults["log lines too many or too few"] = logged
    return Counter({fault: number for fault, number in faults.items() if number})


def _rows(database: Path) -> Counter[str]:
    """How many rows there are of each ending."""
    connection = sqlite3.connect(database, timeout=10)
    try:
        query = (
            "SELECT coalesce(ending, 'open'), count(*) FROM chat_requestlog GROUP BY 1"
        )
        return Counter(dict(connection.execute(query).fetchall()))
    finally:
        connection.close()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks.resume", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--starts", type=int, default=10_000, help="at most so many")
    parser.add_argument("--browsers", type=int, default=30)
    return parser.parse_args()


if __name__ == "__main__":
    main()
