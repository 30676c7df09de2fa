"""`make cluster`, or `python -m cluster --prove`."""

import argparse
import asyncio
import shutil
import sys

import uvloop

from benchmarks.limits import raise_file_limit
from chat.tests import nginx
from chat.tests.access.redis_server import PROGRAM
from cluster import capacity
from cluster.across import CHECKS, check
from cluster.callers import Told
from cluster.console import Console
from cluster.ground import Cluster, standing
from cluster.proof import prove
from cluster.trials import TRIALS
from cluster.verdict import judge


def main() -> None:
    options = _options()
    for name, found in (("nginx", nginx.PROGRAM), (PROGRAM, shutil.which(PROGRAM))):
        if not found:
            sys.exit(f"{name} is needed, and is not here.")
    if options.capacity or options.streams:
        sys.exit(_measure(options))
    with standing(options.postgresql) as cluster:
        if options.across:
            failed = _check_all(cluster)
        elif options.prove:
            failed = _prove_all(cluster, options)
        else:
            Console(cluster).run()
            failed = 0
    sys.exit(bool(failed))


def _prove_all(cluster: Cluster, options: argparse.Namespace) -> int:
    told: list[Told] = []
    reports = []
    for name in options.only or TRIALS:
        report = prove(cluster, name, options.callers, options.seconds, told)
        reports.append(report)
        print(report, flush=True)
    failed = sum(bool(report.faults) for report in reports)
    skipped = sum(bool(report.skipped) for report in reports)
    passed = len(reports) - failed - skipped
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return failed


def _check_all(cluster: Cluster) -> int:
    failed = 0
    for name in CHECKS:
        try:
            seen = asyncio.run(check(cluster, name))
        except AssertionError as fault:
            failed += 1
            seen = f"FAILED, {fault}"
        print(f"{name}: {seen}", flush=True)
    verdict = judge(cluster, [])
    print(f"{verdict.rows} rows: {'; '.join(verdict.faults) or 'all agree'}")
    return failed + len(verdict.faults)


def _measure(options: argparse.Namespace) -> int:
    raise_file_limit()
    further = capacity.SETTINGS
    with standing(options.postgresql, is_wired=False, further=further) as cluster:
        if options.capacity:
            print("\n".join(capacity.compare(cluster)), flush=True)
        carried = None
        if options.streams:
            carried = uvloop.run(capacity.carry(cluster, options.streams))
            print(carried, flush=True)
        verdict = judge(cluster, [])
    print(f"{verdict.rows} rows: {'; '.join(verdict.faults) or 'all agree'}")
    is_whole = carried is None or carried.whole == carried.streams
    return int(bool(verdict.faults) or not is_whole)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m cluster", description=__doc__)
    add = parser.add_argument
    add("--prove", action="store_true", help="break it in every way, under load")
    add("--seconds", type=float, default=60, help="of each")
    add("--callers", type=int, default=20, help="who ask at a time")
    add(
        "--only", nargs="+", choices=list(TRIALS), metavar="TRIAL",
        help=f"of the ways to break it: {', '.join(TRIALS)}",
    )  # fmt: skip
    add("--across", action="store_true", help="whether two hosts hold what one does")
    add("--capacity", action="store_true", help="what two hosts do, and what one")
    add("--streams", type=int, default=0, metavar="N", help="hold N open at once")
    add("--postgresql", metavar="URL", help="a server (one that it starts itself)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
