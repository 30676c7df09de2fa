"""`python -m benchmarks.spending`: kill -9 again and again, and count what was spent.

Clients, their users and strangers ask, are turned away, leave, and are cut off, while
one of two processes is killed again and again. Afterwards nothing may be set aside any
more, each row must be charged once, and what was spent must be the sum of the rows. It
is the test `test_what_is_spent_is_the_sum_of_the_rows`, with more of everything, on one
database or on both, without Redis and with it.
"""

import argparse
import os
import subprocess
import sys

from benchmarks.kills import POSTGRESQL_URL
from benchmarks.process import ROOT

TEST = "chat/tests/access/test_spending.py::test_what_is_spent_is_the_sum_of_the_rows"


def main() -> None:
    options = _options()
    chosen = ("sqlite", "postgresql")
    if options.database != "both":
        chosen = (options.database,)
    failed = [name for name in chosen if not _is_right_on(name, options)]
    if failed:
        sys.exit(f"What is spent is not the sum of the rows on {' and '.join(failed)}.")


def _is_right_on(name: str, options: argparse.Namespace) -> bool:
    print(f"{name}:", flush=True)
    url = options.postgresql if name == "postgresql" else ""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", TEST],
        cwd=ROOT,
        env={
            **{k: v for k, v in os.environ.items() if k != "DATABASE_URL"},
            **({"DATABASE_URL": url} if url else {}),
            "CHAT_TEST_KILLS": str(options.kills),
            "CHAT_TEST_REQUESTS": str(options.requests),
        },
    )
    return done.returncode == 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m benchmarks.spending", description=__doc__
    )
    add = parser.add_argument
    add("--kills", type=int, default=20, help="of each run")
    add("--requests", type=int, default=1000, help="of each run, at least")
    add("--database", choices=("sqlite", "postgresql", "both"), default="both")
    add("--postgresql", default=POSTGRESQL_URL, help="the server for the test's own")
    return parser.parse_args()


if __name__ == "__main__":
    main()
