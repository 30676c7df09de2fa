"""`python -m benchmarks.spending`: kill -9 again and again, and count what was spent.

Clients, their users and strangers ask, are turned away, leave, and are cut off, while
one of two processes is killed again and again. Afterwards nothing may be set aside any
more, each row must be charged once, and what was spent must be the sum of the rows. It
is the test `test_what_is_spent_is_the_sum_of_the_rows`, with more of everything, on one
database or on both, without Redis and with it.
"""

import argparse
import sys

from benchmarks import proof

TEST = "chat/tests/access/test_spending.py::test_what_is_spent_is_the_sum_of_the_rows"


def main() -> None:
    options = _options()
    often = {
        "CHAT_TEST_KILLS": options.kills,
        "CHAT_TEST_REQUESTS": options.requests,
    }
    if failed := proof.failed_on(TEST, options, **often):
        sys.exit(f"What is spent is not the sum of the rows on {' and '.join(failed)}.")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m benchmarks.spending", description=__doc__
    )
    add = parser.add_argument
    add("--kills", type=int, default=20, help="of each run")
    add("--requests", type=int, default=1000, help="of each run, at least")
    proof.add_options(parser)
    return parser.parse_args()


if __name__ == "__main__":
    main()
