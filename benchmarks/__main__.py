"""`python -m benchmarks`: the service and its peers, measured in one run."""

import argparse
import json
from collections.abc import Container, Sequence
from dataclasses import replace
from math import inf
from pathlib import Path

from benchmarks import contest, readme
from benchmarks.limits import raise_file_limit, stop_when_told
from benchmarks.programme import PROGRAMME, Measure
from benchmarks.row import Row
from benchmarks.scale import FULL, QUICK
from benchmarks.server import Server
from benchmarks.servers import GROUPS, SERVERS, USUAL
from benchmarks.table import tables
from benchmarks.variants import with_redis


def main() -> None:
    options = _options()
    raise_file_limit()
    stop_when_told()
    scale = QUICK if options.quick else FULL
    if options.turns:
        scale = replace(scale, turns=options.turns)
    servers = options.only
    if options.redis:
        servers = [*servers, with_redis(options.redis)]
    rows = contest.run(servers, options.measure, scale, 60 * options.minutes)
    if options.json:
        rows = _keep(rows, options.json)
    print(tables(rows))
    if options.save:
        readme.save(tables(rows))


def _keep(rows: Sequence[Row], file: Path) -> list[Row]:
    """Write `rows` to a file; what earlier runs found there, and this one did not look
    for, stays. Return all that is there then."""
    known = json.loads(file.read_text()) if file.exists() else []
    kept = {one["key"]: Row.from_json(one) for one in known}
    for row in rows:
        if row.key in kept:
            row.merge(kept[row.key])
        kept[row.key] = row
    found = [row.as_json() for row in kept.values()]
    file.write_text(json.dumps(found, indent=2) + "\n")
    return list(kept.values())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    keys = ", ".join([*GROUPS, *(server.key for server in SERVERS)])
    measures = ", ".join(measure.name for measure in PROGRAMME)
    add = parser.add_argument
    add("--only", type=_servers, default=list(USUAL), help=f"some of {keys}")
    add(
        "--measure", type=_measures, default=list(PROGRAMME), help=f"some of {measures}"
    )
    add("--turns", type=int, help="measure each so often, one after the other")
    add("--minutes", type=float, default=inf, help="begin no turn that lasts longer")
    add("--redis", metavar="URL", help="the service with that Redis too")
    add("--quick", action="store_true", help="short phases, to see that it works")
    add("--json", type=Path, metavar="FILE", help="add the figures to those of a file")
    add("--save", action="store_true", help="put the tables into benchmarks/README.md")
    return parser.parse_args()


def _servers(words: str) -> list[Server]:
    by_key: dict[str, tuple[Server, ...]] = {s.key: (s,) for s in SERVERS} | GROUPS
    asked = _known(words, by_key)
    return list({server.key: server for w in asked for server in by_key[w]}.values())


def _measures(words: str) -> list[Measure]:
    asked = _known(words, {measure.name for measure in PROGRAMME})
    return [measure for measure in PROGRAMME if measure.name in asked]


def _known(words: str, names: Container[str]) -> list[str]:
    asked = words.split(",")
    if unknown := sorted(word for word in asked if word not in names):
        raise argparse.ArgumentTypeError(f"there is no {', '.join(unknown)}")
    return asked


if __name__ == "__main__":
    main()
