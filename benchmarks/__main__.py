"""`python -m benchmarks`: the service and its peers, measured in one run."""

import argparse
import json
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from benchmarks import readme
from benchmarks.dialects import Dialects, Turns
from benchmarks.limits import raise_file_limit
from benchmarks.measuring import Measuring
from benchmarks.row import Row, middle
from benchmarks.scale import FULL, QUICK, Scale
from benchmarks.server import Server
from benchmarks.servers import SERVERS
from benchmarks.standin import standing_in
from benchmarks.table import tables


def main() -> None:
    options = _options()
    raise_file_limit()
    scale = QUICK if options.quick else FULL
    rounds = [_round(options.only, scale) for _ in range(options.rounds)]
    rows = [middle(list(same)) for same in zip(*rounds, strict=True)]
    print(tables(rows))
    if options.json:
        results = [asdict(row) for row in rows]
        options.json.write_text(json.dumps(results, indent=2) + "\n")
    if options.save:
        readme.save(tables(rows))


def _round(servers: list[Server], scale: Scale) -> list[Row]:
    """Measure every server once, all against the same stand-in."""
    rows = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        standin = stack.enter_context(standing_in(folder))
        over_tls = None
        if any(server.measures_tls for server in servers):
            over_tls = stack.enter_context(standing_in(folder, tls=True))
        for server in servers:
            print(f"Measuring {server.title} ...", file=sys.stderr, flush=True)
            if isinstance(server, Dialects):
                rows += Turns(server, scale, standin).run()
            else:
                rows.append(Measuring(server, scale, standin, over_tls).run())
    return rows


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    keys = ",".join(server.key for server in SERVERS)
    add = parser.add_argument
    add("--only", type=_named, default=list(SERVERS), help=f"some of {keys}")
    add("--rounds", type=int, default=1, help="measure so often, take the medians")
    add("--quick", action="store_true", help="short phases, to see that it works")
    add("--json", type=Path, metavar="FILE", help="write the figures to a file too")
    add("--save", action="store_true", help="put the tables into benchmarks/README.md")
    return parser.parse_args()


def _named(keys: str) -> list[Server]:
    by_key = {server.key: server for server in SERVERS}
    unknown = set(keys.split(",")) - by_key.keys()
    if unknown:
        raise argparse.ArgumentTypeError(f"there is no {', '.join(sorted(unknown))}")
    return [by_key[key] for key in keys.split(",")]


if __name__ == "__main__":
    main()
