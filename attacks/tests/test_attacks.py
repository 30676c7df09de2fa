"""The short form of the attacks, and of the hostile inputs: some families a test.

`make attack` measures; here the machine does much else, so that more time is allowed.
"""

import os
import subprocess
import sys

import pytest

from attacks import families
from attacks.attack import ATTACKS
from attacks.database import ROOT
from attacks.fuzz.inputs import KINDS, made
from attacks.service import faults_of_output

families.load()
IS_POSTGRESQL = os.environ.get("DATABASE_URL", "").startswith("postgres")
LINE = "2026-11-26 12:00:00,000 INFO:     req_1a chat.exchange: all is well\n"


FAMILIES = sorted({attack.family for attack in ATTACKS})
# A start of everything that they need takes some seconds.
AT_ONCE = 5


@pytest.mark.once
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "families",
    [FAMILIES[first : first + AT_ONCE] for first in range(0, len(FAMILIES), AT_ONCE)],
    ids=" ".join,
)
def test_the_service_withstands(families: list[str]) -> None:
    withstands(*map(only, families), "--database=sqlite")


@pytest.mark.skipif(not IS_POSTGRESQL, reason="for PostgreSQL's half of the tests")
@pytest.mark.timeout(900)
def test_so_it_does_on_postgresql() -> None:
    families = {attack.family for attack in ATTACKS if attack.everywhere}
    withstands(*map(only, families), "--database=postgresql", "--everywhere")


@pytest.mark.timeout(900)
def test_hostile_inputs_are_answered_and_kept() -> None:
    database = "postgresql" if IS_POSTGRESQL else "sqlite"
    withstands("--only=fuzz", f"--database={database}")


@pytest.mark.once
def test_an_input_is_made_again_by_its_number() -> None:
    first = [made(7, number) for number in range(300)]
    assert first == [made(7, number) for number in range(300)]
    assert first != [made(8, number) for number in range(300)]
    assert {given.kind for given in first} == set(KINDS)


@pytest.mark.once
def test_each_promise_is_tried() -> None:
    assert {line for attack in ATTACKS for line in attack.lines} == set(range(1, 23))
    assert all(attack.sentence for attack in ATTACKS)


@pytest.mark.once
@pytest.mark.parametrize(
    ("output", "fault"),
    [
        (LINE, None),
        (LINE + "forged\n", "not ours"),
        (LINE + "    Traceback (most recent call last):\n", "not ours"),
        (LINE + "Traceback (most recent call last):\n  File\nOops: 1\n", "Oops: 1"),
        (LINE[:-1] + "\x1b[31m\n", "a raw"),
        (LINE[:-1] + "a" * 3_000, "3067 characters"),
    ],
)
def test_faults_of_the_output_are_found(output: str, fault: str | None) -> None:
    found = " ".join(faults_of_output(output))
    assert (fault in found) if fault else not found


def only(family: str) -> str:
    return f"--only={family}."


def withstands(*arguments: str) -> None:
    command = [sys.executable, "-m", "attacks", "--short", "--patience=4", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
