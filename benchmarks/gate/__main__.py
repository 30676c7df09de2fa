"""`python -m benchmarks.gate`: the gate to Z.AI, held to what it promises.

Hundreds who ask at once, on one, two and four processes, on either database, without
Redis and with it; kill -9 again and again; the waits that callers are told; what it
costs where nobody waits. Each is a line with its goal.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import product

from attacks.database import POSTGRESQL_URL
from benchmarks.gate.cost import prove_cost
from benchmarks.gate.crowds import prove_crowds
from benchmarks.gate.estimates import prove_estimates
from benchmarks.gate.finding import Finding
from benchmarks.gate.ground import Ground, databases, standing
from benchmarks.gate.kills import prove_kills
from benchmarks.gate.setting import Setting
from benchmarks.limits import raise_file_limit
from benchmarks.process import CannotStart
from benchmarks.scale import FULL, QUICK

PROOFS = ("crowds", "kills", "estimates", "cost")
Proof = Callable[[Ground], Iterator[Finding]]


def main() -> None:
    options = _options()
    raise_file_limit()
    with databases(options.postgresql) as new:
        found = [
            tell(finding, title)
            for title, findings in _proofs(options, new)
            for finding in findings
        ]
    missed = [one for one in found if one.verdict == "MISSED"]
    print(f"{len(missed)} of {sum(one.most is not None for one in found)} were missed.")
    sys.exit(bool(missed))


def tell(finding: Finding, title: str) -> Finding:
    """Print a line of the table."""
    print(f"| {' | '.join([title, *finding.row()])} |", flush=True)
    return finding


def _proofs(
    options: argparse.Namespace, new: Callable[[str], str]
) -> Iterator[tuple[str, Iterable[Finding]]]:
    print("| on | what | at most | measured | |\n| --- | --- | --- | --- | --- |")

    def on(setting: Setting, proof: Proof) -> tuple[str, Iterable[Finding]]:
        return str(setting), _prove(setting, new(setting.database), proof)

    if "crowds" in options.only:
        for setting in _settings(options):
            yield on(
                setting, lambda g: prove_crowds(g, options.callers, options.seconds)
            )
    if "estimates" in options.only:
        for redis in options.redis:
            for processes in sorted({1, max(options.processes)}):
                setting = Setting(processes, redis=redis)
                yield on(setting, lambda g: prove_estimates(g, options.waits))
    if "kills" in options.only:
        for redis in options.redis:
            setting = Setting(processes=2, redis=redis, learns=False)
            yield on(setting, lambda g: prove_kills(g, options.kills))
    if "cost" in options.only and options.before:
        scale = QUICK if options.turns == 1 else FULL
        yield "1 process", prove_cost(options.before, options.turns, scale)


def _settings(options: argparse.Namespace) -> Iterator[Setting]:
    """Learning everywhere, and told where that could differ."""
    for kind, redis, count in product(
        options.database, options.redis, options.processes
    ):
        if "learned" in options.slots:
            yield Setting(count, kind, redis)
        if "told" in options.slots and kind == options.database[0]:
            yield Setting(count, kind, redis, learns=False)


def _prove(setting: Setting, database_url: str, proof: Proof) -> Iterator[Finding]:
    try:
        with standing(setting, database_url) as ground:
            yield from proof(ground)
    except CannotStart as error:
        yield Finding(f"does not run: {error}", None, 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks.gate", description=__doc__)
    add = parser.add_argument
    add("--only", nargs="+", choices=PROOFS, default=PROOFS, help="some of them")
    add("--processes", nargs="+", type=int, default=[1, 2, 4])
    add(
        "--database",
        nargs="+",
        choices=("sqlite", "postgresql"),
        default=["sqlite", "postgresql"],
    )
    add(
        "--redis",
        nargs="+",
        type=lambda word: {"with": True, "without": False}[word],
        default=[False, True],
        metavar="with/without",
    )
    add("--slots", nargs="+", choices=("learned", "told"), default=["learned", "told"])
    add("--callers", type=int, default=500, help="who ask at once")
    add("--seconds", type=float, default=0.15, help="of an answer, in the mean")
    add("--waits", type=int, default=300, help="whose estimate is compared")
    add("--kills", type=int, default=30, help="of each run")
    add("--before", metavar="COMMIT", help="without the gate, to compare its cost")
    add("--turns", type=int, default=20, help="how often both are measured")
    add("--postgresql", default=POSTGRESQL_URL, help="the server for its databases")
    return parser.parse_args()


if __name__ == "__main__":
    main()
