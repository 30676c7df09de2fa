"""`python -m benchmarks.soak`: a mixed load for minutes, and what it leaves behind."""

import argparse
import asyncio
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import uvloop

from benchmarks.limits import raise_file_limit
from benchmarks.ours import Ours
from benchmarks.soak.bodies import BODY_LIMIT
from benchmarks.soak.callers import BRIEF, KINDS
from benchmarks.soak.crowd import Crowd
from benchmarks.soak.verdict import faults, growth
from benchmarks.soak.watch import Sample, Watch
from benchmarks.standin import standing_in
from benchmarks.target import Target, launched

# Short, so that every timer runs out many times.
SETTINGS = {
    "ZAI_FIRST_EVENT_TIMEOUT": "5",
    "ZAI_SILENCE_TIMEOUT": "5",
    "ZAI_ANSWER_TIMEOUT": "8",
    "ZAI_RETRY_BUDGET_SECONDS": "4",
    "CHAT_HEARTBEAT_SECONDS": "1",
    "CHAT_OPEN_AFTER_SECONDS": "2",
    "CHAT_WRITE_TIMEOUT_SECONDS": "5",
    "CHAT_BODY_TIMEOUT_SECONDS": "3",
    "CHAT_MAX_BODY_BYTES": str(BODY_LIMIT),
    # All have one address, and large bodies; what a day may cost is soon set aside.
    "CHAT_OPEN_BUDGET_USD_PER_DAY": "0",
}
SAMPLE_SECONDS = 2.0
REPORT_SECONDS = 30.0
# Connections kept in reserve are closed after 15 seconds.
QUIET_SECONDS = 60.0


def main() -> None:
    options = _options()
    raise_file_limit()
    server = Ours("ours", "zai-chat-django", settings=SETTINGS)
    with (
        tempfile.TemporaryDirectory() as folder,
        standing_in(Path(folder), tls=options.tls) as standin,
        launched(server, standin, warm_up=20) as target,
    ):
        found = uvloop.run(_soak(target, options.minutes * 60, options.brief))
    for fault in found:
        print(fault)
    print("FAILED" if found else "OK: memory flat, nothing left behind.")
    sys.exit(bool(found))


async def _soak(target: Target, seconds: float, brief: bool) -> list[str]:
    watch, crowd = Watch(target), Crowd(target.port, BRIEF if brief else KINDS)
    reporting = asyncio.create_task(_report(watch, crowd))
    try:
        await crowd.stay(seconds)
    finally:
        reporting.cancel()
        await asyncio.wait({reporting})
    _tell(crowd, watch)
    last = await _quiet(watch, brief)
    _print(last, crowd, watch)
    watch.close()
    return faults(watch, crowd, last)


async def _report(watch: Watch, crowd: Crowd) -> None:
    due = 0.0
    while True:
        sample = await asyncio.to_thread(watch.look)
        if sample.seconds >= due:
            _print(sample, crowd, watch)
            due += REPORT_SECONDS
        await asyncio.sleep(SAMPLE_SECONDS)


async def _quiet(watch: Watch, brief: bool) -> Sample:
    """Wait, not for ever, until nothing is open."""
    load, end = watch.samples, asyncio.get_running_loop().time() + QUIET_SECONDS
    watch.samples = []
    while True:
        last = await asyncio.to_thread(watch.look)
        if brief:
            last = replace(last, connections=0)  # it does not wait for the reserve
        is_quiet = not (last.open_exchanges or last.connections)
        if is_quiet or asyncio.get_running_loop().time() > end:
            watch.samples = load
            return last
        await asyncio.sleep(0.5)


def _print(sample: Sample, crowd: Crowd, watch: Watch) -> None:
    endings = " ".join(f"{name}={n}" for name, n in sorted(watch.endings.items()))
    print(
        f"{sample.seconds:5.0f} s  {crowd.requests} requests"
        f"  {sample.rss / 1e6:.1f} MB  {sample.files} files  {sample.threads} threads"
        f"  {sample.open_exchanges} open, {sample.connections} connections to Z.AI"
        f"  {endings}",
        flush=True,
    )


def _tell(crowd: Crowd, watch: Watch) -> None:
    for (kind, outcome), count in sorted(crowd.outcomes.items()):
        print(f"{kind:>22}  {outcome:<16} {count}")
    print(f"Memory, last quarter to second: {growth(watch.samples):.1%}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--brief", action="store_true", help="for a test")
    parser.add_argument("--tls", action="store_true", help="speak to Z.AI over TLS")
    return parser.parse_args()


if __name__ == "__main__":
    main()
