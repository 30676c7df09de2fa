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
from unittest.mock import Mock

import pytest

from benchmarks.goals import GOALS
from benchmarks.process import ROOT, python
from benchmarks.row import UNITS, Row, middle
from benchmarks.soak.line import outcome
from benchmarks.soak.verdict import faults, growth
from benchmarks.soak.watch import ENDED, Sample
from benchmarks.table import tables
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
    with start("benchmarks", "--quick", "--only=ours", f"--json={file}") as process:
        said, errors = process.communicate(timeout=90)
    assert process.returncode == 0, errors
    [row] = json.loads(file.read_text())
    assert {name for name in UNITS if row[name] is None} == set()
    assert row["notes"] == []
    assert "zai-chat-django" in said


def test_each_dialect_is_measured_beside_the_others(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    with start("benchmarks", "--quick", "--only=dialects", f"--json={file}") as process:
        _, errors = process.communicate(timeout=90)
    assert process.returncode == 0, errors
    rows = json.loads(file.read_text())
    spoken = ["native", "use-chat", "openai-client", "responses"]
    assert [row["key"] for row in rows] == spoken
    for row in rows:
        assert row["event_us"] > row["flood_us"] > 0
        assert row["notes"] == []


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
        said, errors = process.communicate(timeout=90)
    assert said.splitlines()[-1].startswith("OK"), said + errors


def test_what_is_kept_stays_in_its_bound() -> None:
    with start("benchmarks.resume", "memory", "--answers=50") as process:
        said, errors = process.communicate(timeout=90)
    assert "50 answers" in said, said + errors


def test_a_server_that_is_not_there_is_refused_by_name() -> None:
    with start("benchmarks", "--only=apache") as process:
        _, errors = process.communicate(timeout=90)
    assert process.returncode == 2
    assert "there is no apache" in errors


def test_goals_are_judged_by_ratios() -> None:
    rows = {
        "ours": Row("ours", "", event_us=40, flood_us=4, whole_ms=1, stream_kb=81),
        "openai": Row("openai", "", event_us=200, flood_us=90, whole_ms=1.5),
        "native": Row("native", "", event_us=40, flood_us=2),
        "use-chat": Row("use-chat", "", event_us=44),
        "openai-client": Row("openai-client", "", flood_us=2.3),
        "responses": Row("responses", "", event_us=50, flood_us=3),
    }
    verdicts = [goal.verdict(rows)[1] for goal in GOALS]
    dialects = ["ok", "not measured", "not measured", "MISSED", "ok", "MISSED"]
    assert verdicts == ["not measured", "ok", "ok", "MISSED", *dialects, "MISSED"]


def test_a_row_is_the_median_of_its_rounds() -> None:
    rows = [Row("ours", "", event_us=us) for us in (10, None, 30, 90)]
    row = middle(rows)
    assert (row.event_us, row.flood_us) == (30, None)


def test_what_could_not_be_measured_is_in_the_notes() -> None:
    row = Row("litellm", "LiteLLM proxy", notes=["does not run: No module"])
    assert "- LiteLLM proxy: does not run: No module" in tables([row])


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


def start(*arguments: str) -> Popen[str]:
    command = python("-m", *arguments)
    return Popen(command, cwd=ROOT, stdout=PIPE, stderr=PIPE, text=True)
