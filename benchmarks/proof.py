"""A test that is run at length: on one database or on both."""

import argparse
import os
import subprocess
import sys

from attacks.database import POSTGRESQL_URL
from benchmarks.process import ROOT


def add_options(parser: argparse.ArgumentParser) -> None:
    """On what a proof is run; `failed_on` reads it."""
    choices = ("sqlite", "postgresql", "both")
    parser.add_argument("--database", choices=choices, default="both")
    parser.add_argument(
        "--postgresql", default=POSTGRESQL_URL, help="the server for the test's own"
    )


def failed_on(test: str, options: argparse.Namespace, **variables: object) -> list[str]:
    """Run `test` on what the options name; return the databases on which it failed."""
    chosen = ["sqlite", "postgresql"]
    if options.database != "both":
        chosen = [options.database]
    urls = {"sqlite": "", "postgresql": options.postgresql}
    return [name for name in chosen if not _passes(test, name, urls[name], variables)]


def _passes(test: str, name: str, url: str, variables: dict[str, object]) -> bool:
    print(f"{name}:", flush=True)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", test],
        cwd=ROOT,
        env={
            **{k: v for k, v in os.environ.items() if k != "DATABASE_URL"},
            **({"DATABASE_URL": url} if url else {}),
            **{name: str(value) for name, value in variables.items()},
        },
    )
    return done.returncode == 0
