"""docs/metrics.md, the dashboard and the alerts name what is told, and nothing else."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.metrics import exposition
from chat.metrics.host import Host
from chat.metrics.process import read
from chat.metrics.reading import Found
from chat.metrics.standing import BudgetStanding, LaneStanding, Standing
from chat.requestlog.journal import journal, stop
from chat.tests.development import BASE_DIR

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]

PROMTOOL = shutil.which("promtool") or ""
NAME = re.compile(r"\b(?:zai_chat|process)_[a-z_]+")
PARTS = ("_bucket", "_sum", "_count")
FILES = ("deploy/grafana/dashboard.json", "deploy/prometheus/alerts.yaml")


@pytest.fixture
def told() -> Iterator[set[str]]:
    """What a host tells that has everything."""
    journal()  # knows what was lost
    standing = Standing(
        open=1,
        waiting=0,
        lanes=[LaneStanding("glm-4.6", "1", 1, 0, 4, False)],
        budgets=[BudgetStanding("(service)", "day", 5, 4)],
        database=True,
        redis=True,
        silent=0,
        alone=0,
        kept=0,
        kept_bytes=0,
        spooled=0,
        in_memory=0,
        is_closing=False,
        process=read(),
    )
    host = Host(alive=[Found({}, standing, 0, 0)])
    families = exposition.families(host)
    ends = {"counter": "_total", "info": "_info"}
    yield {one.name + ends.get(one.type, "") for one in families}
    stop()


def test_every_series_is_explained_and_no_other(told: set[str]) -> None:
    page = (BASE_DIR / "docs/metrics.md").read_text()
    explained = re.findall(r"^\| `([a-z_]+)` \|", page, re.MULTILINE)
    assert sorted(explained) == sorted(told)


@pytest.mark.parametrize("name", FILES)
def test_nothing_else_is_looked_at(told: set[str], name: str) -> None:
    text = (BASE_DIR / name).read_text()
    known = told | {one + part for one in told for part in PARTS}
    assert set(NAME.findall(text)) <= known
    assert len(set(NAME.findall(text))) > 10


def test_of_each_alert_it_is_said_what_to_do() -> None:
    alerts = re.findall(r"alert: (\w+)", (BASE_DIR / FILES[1]).read_text())
    page = (BASE_DIR / "docs/operations.md").read_text()
    table = page.partition("### Alerts of Prometheus")[2].partition("\n## ")[0]
    assert set(alerts) == set(re.findall(r"`(ZaiChat\w+)`", table))


@pytest.mark.skipif(not PROMTOOL, reason="there is no promtool here")
def test_prometheus_understands_the_rules_and_each_question(tmp_path: Path) -> None:
    folder = BASE_DIR / "deploy/prometheus"
    _promtool("check", "rules", str(folder / "alerts.yaml"))
    _promtool("test", "rules", str(folder / "alerts.test.yaml"))
    config = str(folder / "prometheus.yaml")
    _promtool("check", "config", "--syntax-only", config)
    rules = [
        {"record": f"question:{number}", "expr": question}
        for number, question in enumerate(_questions())
    ]
    assert len(rules) > 30
    file = tmp_path / "questions.yaml"  # JSON is YAML
    file.write_text(json.dumps({"groups": [{"name": "questions", "rules": rules}]}))
    _promtool("check", "rules", str(file))


def _questions() -> Iterator[str]:
    for panel in json.loads((BASE_DIR / FILES[0]).read_text())["panels"]:
        for target in panel.get("targets", ()):
            asked = target["expr"].replace("$__rate_interval", "5m")
            yield asked.replace("$instance", ".*").replace("$job", ".*")


def _promtool(*words: str) -> None:
    done = subprocess.run([PROMTOOL, *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
