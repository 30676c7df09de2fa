"""`python -m benchmarks.kills`: kill -9 again and again, and hold the log to its word.

Callers of every kind ask a service that is killed in the midst of it. Afterwards no
one who saw the end of an answer may be told otherwise by the log, no request may be
lost or counted twice, and every sum must be that of its rows. It is the test
`test_again_and_again_under_load`, with more rounds, on one database or on both.
"""

import argparse
import sys

from benchmarks import proof

TEST = "chat/tests/requestlog/test_killed.py::test_again_and_again_under_load"


def main() -> None:
    options = _options()
    if failed := proof.failed_on(TEST, options, CHAT_TEST_KILLS=options.rounds):
        sys.exit(f"The log does not keep its word on {' and '.join(failed)}.")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks.kills", description=__doc__)
    parser.add_argument("--rounds", type=int, default=60, help="kills on each database")
    proof.add_options(parser)
    return parser.parse_args()


if __name__ == "__main__":
    main()
