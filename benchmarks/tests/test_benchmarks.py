"""That the benchmark and the soak run. What they find is theirs to say: no figure is
judged here, for a machine that runs tests is no place to measure."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from signal import SIGINT
from subprocess import PIPE, Popen
from typing import Any
from unittest.mock import Mock

import pytest

from benchmarks.process import ROOT, python
from benchmarks.soak.line import outcome
from benchmarks.soak.verdict import faults, growth
from benchmarks.soak.watch import ENDED, Sample
from benchmarks.variants import DIALECTS
from chat.tests.access.redis_server import PROGRAM

pytestmark = pytest.mark.once  # on a database of its own, whatever the tests run on


@pytest.fixture(scope="module", autouse=True)
def soak() -> Iterator[Popen[str]]:
    """A soak of seconds, beside the other tests: it has its waits."""
    with start("benchmarks.soak", "--minutes=0.05", "--brief") as process:
        yield process
        if process.poll() is None:
            process.send_signal(SIGINT)  # so that it stops what it started


def test_every_column_of_ours_has_a_figure(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    with start("benchmarks", "--quick", "--only=dialects", f"--json={file}") as process:
        said, errors = process.communicate(timeout=180)
    assert process.returncode == 0, errors
    ours, *dialects = json.loads(file.read_text())
    assert [name for name, figure in ours["figures"].items() if figure is None] == []
    assert [row["key"] for row in dialects] == [each.key for each in DIALECTS]
    for row in dialects:
        assert row["figures"]["event_us"] > row["figures"]["flood_us"] > 0
    assert [faulty(row) for row in (ours, *dialects)] == [[], [], [], []]
    assert "zai-chat-django" in said


def test_each_part_of_ours_has_its_price(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    some = "ours,ours-unlogged,ours-ungated"
    words = ("--quick", f"--only={some}", "--measure=whole", f"--json={file}")
    with start("benchmarks", *words) as process:
        said, errors = process.communicate(timeout=180)
    rows = json.loads(file.read_text())
    assert ",".join(row["key"] for row in rows) == some
    assert {row["key"]: faulty(row) for row in rows if faulty(row)} == {}, errors
    assert "| without log and budgets | – | – | " in said
    assert "| µs more an answer, with the gate | 30 | " in said


def test_many_streams_are_held_open_while_health_answers() -> None:
    with start("benchmarks.many", "--streams=30", "--seconds=0.5") as process:
        said, errors = process.communicate(timeout=90)
    assert process.returncode == 0, said + errors
    assert said.startswith("30 streams were open, and none failed.")
    assert "/health, while all were open: median" in said


def test_a_soak_of_seconds_ends_with_a_verdict(soak: Popen[str]) -> None:
    said, errors = soak.communicate(timeout=90)
    assert said.splitlines()[-1].startswith("OK"), said + errors
    assert soak.returncode == 0


@pytest.mark.parametrize("processes", [1, 2])
def test_who_comes_back_at_random_finds_all_as_it_was(processes: int) -> None:
    if processes > 1 and not shutil.which(PROGRAM):
        pytest.skip("needs redis-server")
    brief = ("--minutes=0.05", "--visitors=4", "--keep=1", f"--processes={processes}")
    with start("benchmarks.resume", "soak", *brief) as process:
        said, errors = process.communicate(timeout=200)
    assert said.splitlines()[-1].startswith("OK"), said + errors


def test_what_is_kept_stays_in_its_bound() -> None:
    with start("benchmarks.resume", "memory", "--answers=50") as process:
        said, errors = process.communicate(timeout=200)
    assert "50 answers" in said, said + errors


def test_a_server_that_is_not_there_is_refused_by_name() -> None:
    with start("benchmarks", "--only=apache") as process:
        _, errors = process.communicate(timeout=90)
    assert process.returncode == 2
    assert "there is no apache" in errors


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"", "no answer"),
        (b"HTTP/1.1 429 Too Many Requests\r\n\r\n{}", "429"),
        (b"HTTP/1.1 200 OK\r\n\r\n{}", "200"),
        (b"HTTP/1.1 200 OK\r\n\r\ntext/event-stream", "200"),
        (b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n", "200 cut"),
    ],
)
def test_a_caller_tells_how_an_answer_went(answer: bytes, expected: str) -> None:
    assert outcome(answer) == expected


@pytest.mark.parametrize(
    ("line", "ending"),
    [
        ("chat.exchange: glm-4.6 completed (stop) status=200 events=7", "completed"),
        ("chat.exchange: glm-4.6 upstream_failed status=502: cut", "upstream_failed"),
        ("chat.exchange: refused status=413: too large", "refused"),
    ],
)
def test_endings_are_read_from_the_log(line: str, ending: str) -> None:
    found = ENDED.search(line)
    assert found and found[1] == ending


def test_growth_compares_the_last_quarter_with_the_second() -> None:
    sizes = [10, 10, 20, 20, 21, 21, 24, 24]
    samples = [Sample(0, size, 0, 0, 0, 0) for size in sizes]
    assert growth(samples) == 1.2


def test_what_is_left_fails_a_soak() -> None:
    watch, crowd = Mock(samples=[], tracebacks=0, endings=Counter()), Mock()
    crowd.count.return_value = 0
    left = Sample(1, 10, 0, 0, open_exchanges=0, connections=2)
    assert faults(watch, crowd, replace(left, connections=0)) == []
    assert faults(watch, crowd, left) == ["2 connections to the stand-in are left."]


def faulty(row: dict[str, Any]) -> list[str]:
    """What went wrong; that the machine was slow is no fault."""
    slow = ("of their pace", "was the bottleneck")
    return [note for note in row["notes"] if not note.endswith(slow)]


def start(*arguments: str) -> Popen[str]:
    command = python("-m", *arguments)
    return Popen(command, cwd=ROOT, stdout=PIPE, stderr=PIPE, text=True)
