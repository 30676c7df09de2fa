"""`python -m benchmarks.kills`: kill -9 again and again, and hold the log to its word.

Callers of every kind ask a service that is killed in the midst of it. Afterwards no
one who saw the end of an answer may be told otherwise by the log, no request may be
lost or counted twice, and every sum must be that of its rows. It is the test
`test_again_and_again_under_load`, with more rounds, on one database or on both.
"""

import argparse
import os
import subprocess
import sys

from benchmarks.process import ROOT

TEST = "chat/tests/requestlog/test_killed.py::test_again_and_again_under_load"
POSTGRESQL_URL = "postgres://postgres@127.0.0.1:5432/postgres"


def main() -> None:
    options = _options()
    chosen = ("sqlite", "postgresql")
    if options.database != "both":
        chosen = (options.database,)
    failed = [name for name in chosen if not _is_right_on(name, options)]
    if failed:
        sys.exit(f"The log does not keep its word on {' and '.join(failed)}.")


def _is_right_on(name: str, options: argparse.Namespace) -> bool:
    print(f"{name}:", flush=True)
    url = options.postgresql if name == "postgresql" else ""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", TEST],
        cwd=ROOT,
        env={
            **{k: v for k, v in os.environ.items() if k != "DATABASE_URL"},
            **({"DATABASE_URL": url} if url else {}),
            "CHAT_TEST_KILLS": str(options.rounds),
        },
    )
    return done.returncode == 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks.kills", description=__doc__)
    add = parser.add_argument
    add("--rounds", type=int, default=60, help="kills on each database")
    add("--database", choices=("sqlite", "postgresql", "both"), default="both")
    add("--postgresql", default=POSTGRESQL_URL, help="the server for the test's own")
    return parser.parse_args()


if __name__ == "__main__":
    main()
