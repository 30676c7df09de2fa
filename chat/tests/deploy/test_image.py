"""The Dockerfile and compose.yaml, as far as no container engine is needed.

`python -m deploy.docker.tried` does the steps of the Dockerfile, in minutes.
"""

import json
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from chat.tests.development import BASE_DIR
from config.environment import Environment
from deploy.docker.dockerfile import read

pytestmark = pytest.mark.once

IMAGE = read(BASE_DIR / "Dockerfile")[-1]
COMPOSE: Any = yaml.safe_load((BASE_DIR / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
HADOLINT = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or ""
DOCKER = shutil.which("docker") or ""


@pytest.mark.skipif(not HADOLINT, reason="there is no hadolint here")
def test_hadolint_finds_nothing() -> None:
    done = subprocess.run([HADOLINT, "Dockerfile"], cwd=BASE_DIR, capture_output=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(not DOCKER, reason="there is no docker here")
def test_docker_understands_compose() -> None:
    known = subprocess.run([DOCKER, "compose", "version"], capture_output=True)
    if known.returncode:
        pytest.skip("there is no docker compose here")
    words = [DOCKER, "compose", "--profile", "metrics", "config", "--quiet"]
    done = subprocess.run(words, cwd=BASE_DIR, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_command_has_the_flags_of_the_production_page() -> None:
    page = (BASE_DIR / "docs/production.md").read_text()
    explained = set(re.findall(r"^\| `(--[a-z-]+(?: \d+)?)` \|", page, re.MULTILINE))
    assert len(explained) > 3
    # WEB_CONCURRENCY stands for the workers.
    for flag in explained - {"--workers 2"}:
        assert flag in " ".join(IMAGE.command)


def test_what_it_needs_of_the_project_gets_in_and_nothing_else() -> None:
    let_in = {
        line[1:]
        for line in (BASE_DIR / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    build = read(BASE_DIR / "Dockerfile")[0]
    copied = {
        name
        for word, rest in build.steps
        if word == "COPY"
        for name in rest.split()[:-1]
    }
    assert copied == let_in
    assert all((BASE_DIR / name).exists() for name in let_in)


def test_the_production_code_imports_no_tests() -> None:
    for path in (BASE_DIR / "chat").rglob("*.py"):
        if "tests" not in path.parts:
            assert "chat.tests" not in path.read_text(), path


def test_compose_sets_only_what_is_a_setting() -> None:
    from config.settings import ENVIRONMENT

    assert isinstance(ENVIRONMENT, Environment)
    named = set(SERVICES["chat"]["environment"]) - {"WEB_CONCURRENCY"}
    assert named <= ENVIRONMENT.names


def test_nothing_of_compose_may_do_more_than_it_has_to() -> None:
    for name, service in SERVICES.items():
        ports = service.get("ports", [])
        assert all("127.0.0.1" in port for port in ports), name
        if name != "database":  # whose image begins as root
            assert service["cap_drop"] == ["ALL"], name
            assert service["security_opt"] == ["no-new-privileges:true"], name
    for name in ("chat", "migrate", "nginx", "valkey"):
        assert SERVICES[name]["read_only"] is True


def test_it_is_stopped_with_patience() -> None:
    words = IMAGE.command
    graceful = int(words[words.index("--timeout-graceful-shutdown") + 1])
    assert int(SERVICES["chat"]["stop_grace_period"][:-1]) >= graceful + 10


def test_secrets_are_made_once_and_whole(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("app", "database", "metrics")]
    for folder in folders:
        folder.mkdir()
    app, database, metrics = folders
    contents = []
    for _ in range(2):
        _make_secrets(folders)
        (database / "password.new").write_text("half of")  # as if it was killed
        contents.append(
            [(app / "env").read_text(), (database / "password").read_text()]
        )
    assert contents[0] == contents[1]
    env = dict(line.split("=", 1) for line in contents[0][0].splitlines())
    assert env.keys() == {"SECRET_KEY", "DATABASE_URL", "METRICS_ACCESS"}
    assert (database / "password").read_text() in env["DATABASE_URL"]
    assert (metrics / "metrics-token").read_text() == env["METRICS_ACCESS"]
    assert stat.S_IMODE((app / "env").stat().st_mode) == 0o400
    read_by = Environment(env)
    read_by.database("DATABASE_URL", "sqlite:///x")
    assert read_by.metrics_access("METRICS_ACCESS", "off") == env["METRICS_ACCESS"]


def _make_secrets(folders: list[Path]) -> None:
    words = [sys.executable, "deploy/docker/first_secrets.py", *map(str, folders)]
    done = subprocess.run(words, cwd=BASE_DIR, capture_output=True, text=True)
    if "Operation not permitted" in done.stderr:
        pytest.skip("only root may give files to others")
    assert done.returncode == 0, done.stderr


def test_the_dashboard_is_where_grafana_looks() -> None:
    mounts = dict(volume.split(":")[:2] for volume in SERVICES["grafana"]["volumes"])
    for source in mounts:
        if source.startswith("./"):
            assert (BASE_DIR / source).exists(), source
    json.loads((BASE_DIR / "deploy/grafana/dashboard.json").read_text())
    provider = BASE_DIR / "deploy/grafana/provisioning/dashboards/zai-chat.yaml"
    looked = yaml.safe_load(provider.read_text())["providers"][0]["options"]["path"]
    assert mounts["./deploy/grafana/dashboard.json"].startswith(looked)
