"""How figures are made of what was measured, and what becomes of what was not."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks import contest, environment
from benchmarks.__main__ import _keep
from benchmarks.environment import PythonEnvironment
from benchmarks.goals import GOALS
from benchmarks.process import ROOT, CannotStart
from benchmarks.programme import PROGRAMME
from benchmarks.row import Row, paired_difference
from benchmarks.scale import QUICK
from benchmarks.server import Place, Server
from benchmarks.servers import GROUPS, SERVERS
from benchmarks.table import tables


def test_goals_are_judged_by_ratios() -> None:
    rows = {
        "ours": row(
            "ours", first_word=[2.0] * 99 + [11.0], whole_ms=[0.8], span_us=[30]
        ),
        "ours-unlogged": row("ours-unlogged", alone_ms=[1.0]),
        "openai": row("openai", first_word=[4.0], whole_ms=[1.0], span_us=[200]),
        "nginx": row("nginx", span_us=[10]),
    }
    found = {goal.sentence: goal.verdict(rows) for goal in GOALS}
    assert found["first word added, to AsyncOpenAI's"] == (0.5, "met")
    assert found["first word added, p99 to its own p50"] == (5.5, "NOT MET")
    assert found["answer, 10 at a time, to AsyncOpenAI's"] == (0.8, "NOT MET")
    assert found["event of 150, its start included, to nginx"] == (3.0, "met")
    assert found["answer, one at a time, the log's part"] == (None, "not measured")


def test_a_price_is_the_median_of_what_is_less_turn_by_turn() -> None:
    """So that a turn in which all was slow does not count."""
    ours = row("ours", event_us=[30, 60, 31])
    unkept = row("ours-unkept", event_us=[29.5, 59, 30.7])
    assert paired_difference(ours, unkept, "event_us") == pytest.approx(0.5)
    assert "| ours-unkept | – | – | – | – | 0.5 |" in tables([ours, unkept])
    assert paired_difference(ours, row("", event_us=[1]), "event_us") is None


def test_figures_are_of_all_turns() -> None:
    found = row("ours", first_word=[3, 1, 2])
    found.add({"first_word": [5, 4]})
    percents = (found.figure(f"first_word_p{percent}") for percent in (50, 90, 99))
    assert tuple(percents) == (3, 5, 5)
    assert found.figure("event_us") is None


def test_what_earlier_runs_found_stays_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    _keep([row("ours", first_word=[1], span_us=[9]), row("nginx")], file)
    ours, nginx = _keep([row("ours", first_word=[2])], file)
    assert ours.samples == {"first_word": [2], "span_us": [9]}
    assert nginx.key == "nginx"


def test_what_could_not_be_measured_is_in_the_notes() -> None:
    found = Row("litellm", "LiteLLM proxy", notes=["does not run: No module"])
    assert "- LiteLLM proxy: does not run: No module" in tables([found])


@dataclass(frozen=True)
class Absent(Server):
    def command(self, place: Place) -> list[str]:
        raise CannotStart("it is not installed")


def test_who_cannot_start_is_a_row_that_says_so() -> None:
    [found] = contest.run([Absent("absent", "A peer")], PROGRAMME[:2], QUICK)
    assert found.notes == ["does not run: it is not installed"]
    assert found.samples == {}


def test_what_cannot_be_installed_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "CACHE", tmp_path)
    made = PythonEnvironment("of-the-future", python="python9.9")
    with pytest.raises(CannotStart, match="could not be installed: .*python9.9"):
        made.program("python")


def test_the_pages_name_all_that_can_be_asked_for() -> None:
    text = (ROOT / "benchmarks/README.md").read_text()
    for name in [*GROUPS, *(measure.name for measure in PROGRAMME)]:
        assert f"`{name}`" in text
    for server in SERVERS:
        assert f"`{server.key}`" in text


def row(key: str, **samples: list[float]) -> Row:
    return Row(key, key, samples=dict(samples))
