"""`make cluster`, or `python -m cluster --prove`."""

import argparse
import shutil
import sys

from chat.tests import nginx
from chat.tests.access.redis_server import PROGRAM
from cluster.callers import Told
from cluster.console import Console
from cluster.ground import Cluster, standing
from cluster.proof import prove
from cluster.trials import TRIALS


def main() -> None:
    options = _options()
    for name, found in (("nginx", nginx.PROGRAM), (PROGRAM, shutil.which(PROGRAM))):
        if not found:
            sys.exit(f"{name} is needed, and is not here.")
    with standing(options.postgresql) as cluster:
        if options.prove:
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
    add("--postgresql", metavar="URL", help="a server (one that it starts itself)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
