"""`make cluster`, or `python -m cluster --prove`."""

import argparse
import shutil
import sys

from attacks.database import POSTGRESQL_URL
from chat.tests import nginx
from chat.tests.access.redis_server import PROGRAM
from cluster.callers import Told
from cluster.console import Console
from cluster.ground import standing
from cluster.proof import prove
from cluster.trials import TRIALS


def main() -> None:
    options = _options()
    for name, found in (("nginx", nginx.PROGRAM), (PROGRAM, shutil.which(PROGRAM))):
        if not found:
            sys.exit(f"{name} is needed, and is not here.")
    with standing(options.postgresql) as cluster:
        if not options.prove:
            Console(cluster).run()
            return
        told: list[Told] = []
        failed = 0
        for name in options.only or TRIALS:
            report = prove(cluster, name, options.callers, options.seconds, told)
            failed += bool(report.faults)
            print(report, flush=True)
    number = len(options.only or TRIALS)
    print(f"{number - failed} passed, {failed} failed")
    sys.exit(bool(failed))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m cluster", description=__doc__)
    add = parser.add_argument
    add("--prove", action="store_true", help="break it in every way, under load")
    add("--seconds", type=float, default=60, help="of each")
    add("--callers", type=int, default=20, help="who ask at a time")
    add("--only", nargs="+", choices=list(TRIALS), help="of the ways to break it")
    add("--postgresql", default=POSTGRESQL_URL, metavar="URL", help="the server")
    return parser.parse_args()


if __name__ == "__main__":
    main()
