"""Tests that are run at length: in Chromium, and of processes that are killed."""

import argparse
import os
import subprocess
import sys

from benchmarks.process import ROOT

CHROMIUM = "chat/tests/nextjs/test_random_moments.py"
PROCESSES = "chat/tests/answers/test_elsewhere.py"
STOP_SECONDS = 1


def add_chromium_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--times", type=int, default=200, help="reloads and cuts")


def add_processes_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=int, default=60, help="answers that are cut")


def prove_in_chromium(options: argparse.Namespace) -> bool:
    often = {"CHAT_TEST_RELOADS": options.times, "CHAT_TEST_STOP_SECONDS": STOP_SECONDS}
    return _passes(CHROMIUM, often)


def prove_of_processes(options: argparse.Namespace) -> bool:
    return _passes(PROCESSES, {"CHAT_TEST_ROUNDS": options.rounds, "CHAT_TEST_REAL": 1})


def _passes(test: str, variables: dict[str, int]) -> bool:
    """Print what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rP", "--show-capture=stdout", test],
        cwd=ROOT,
        env=os.environ | {name: str(value) for name, value in variables.items()},
    )
    return done.returncode == 0
