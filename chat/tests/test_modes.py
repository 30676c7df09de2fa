"""Files with keys and with what people wrote are their owner's, however they came."""

import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.checks import run_checks
from django.db import connection

from chat import database_files
from chat.requestlog.spool import Spool
from chat.tests.development import BASE_DIR, running
from chat.tests.e2e.process import COMMANDS, started
from config import dotenv, modes

pytestmark = pytest.mark.once
QUESTION = {"messages": [{"role": "user", "content": "Hello"}]}


@pytest.fixture(autouse=True)
def careless() -> Any:
    """The umask of most systems, under which everyone may read."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def open_to_others(folder: Path) -> dict[str, str]:
    """What in `folder`, and below it, others can read; with its mode."""
    return {
        str(path.relative_to(folder)): stat.filemode(path.stat().st_mode)
        for path in folder.rglob("*")
        if path.name != "output" and path.stat().st_mode & modes.PRIVATE
    }


def ask(url: str) -> None:
    httpx.post(f"{url}/api/chat", json=QUESTION, timeout=20, trust_env=False)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_server_closes_what_it_finds_and_makes(tmp_path: Path, command: str) -> None:
    spool = {"CHAT_SPOOL_DIR": str(tmp_path / "spool")}
    with started(tmp_path, command, **spool) as process:
        process.wait_until_it_listens()
        ask(process.url)
        assert (tmp_path / "db.sqlite3-wal").exists()
        assert open_to_others(tmp_path) == {}


@pytest.mark.parametrize("words", [("quickstart",), ("runserver",), ("migrate",)])
def test_a_command_makes_a_closed_database(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    with running(tmp_path, *words) as server:
        server.until(
            lambda: server.get("/admin/login/") or server.process.poll() is not None
        )
        assert (tmp_path / "db.sqlite3").exists(), server.output
        assert open_to_others(tmp_path) == {}


def test_another_way_in_closes_it_too(tmp_path: Path) -> None:
    """`django-admin` and scripts know nothing of manage.py."""
    subprocess.run(
        [sys.executable, "-m", "django", "migrate", "--verbosity", "0"],
        cwd=BASE_DIR,
        env={
            **os.environ,
            "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
            "PYTHONPATH": str(BASE_DIR),
        },
        check=True,
    )
    assert open_to_others(tmp_path) == {}


def test_a_database_of_an_older_version_is_closed_with_what_is_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [tmp_path / f"db.sqlite3{ending}" for ending in database_files.BESIDE]
    for file in files:
        file.touch(0o644)
    monkeypatch.setitem(connection.settings_dict, "NAME", str(files[0]))
    monkeypatch.setattr(connection, "vendor", "sqlite")

    database_files.close_database_to_others(connection)

    assert open_to_others(tmp_path) == {}


def test_the_server_closes_a_copied_env_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("ZAI_API_KEY=\n")
    words = "from config import dotenv, modes; from pathlib import Path;"
    words += f" dotenv.PATH = Path({str(file)!r}); import config.asgi"
    subprocess.run([sys.executable, "-c", words], cwd=BASE_DIR, check=True)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_developers_share_stays_readable(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "startapp", "thing", str(tmp_path)],
        cwd=BASE_DIR,
        check=True,
    )
    assert "apps.py" in open_to_others(tmp_path)


def test_what_is_set_aside_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    folder.mkdir(0o700)
    Spool(folder, "process", 1000).aside.add([b"{}\n"], "cannot be read")

    assert (folder / "set-aside.lines").read_bytes() == b"{}\n"
    assert open_to_others(tmp_path) == {}


def test_a_device_keeps_its_mode() -> None:
    before = os.stat(os.devnull).st_mode

    modes.close_to_others(Path(os.devnull))

    assert os.stat(os.devnull).st_mode == before


def test_a_group_that_was_let_in_stays(tmp_path: Path) -> None:
    """As `chown root:zai-chat .env; chmod 640 .env` does for the unit of systemd."""
    file = tmp_path / ".env"
    file.touch()
    try:
        os.chown(file, -1, os.getegid() + 1)
    except PermissionError:
        pytest.skip("only root may give a file to any group")
    file.chmod(0o644)

    modes.close_to_others(file)

    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert not modes.openings(file)


@pytest.mark.parametrize(
    ("mode", "command"), [(0o644, "chmod go= "), (0o604, "chmod o= ")]
)
def test_what_others_can_read_is_named_with_what_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int, command: str
) -> None:
    file = tmp_path / "with space.env"
    file.touch()
    file.chmod(mode)
    monkeypatch.setattr(dotenv, "PATH", file)

    [found] = [message for message in run_checks() if message.id == "chat.W009"]
    assert str(file) in found.msg and command in (found.hint or "")
    subprocess.run((found.hint or "").split("`")[1], shell=True, check=True)

    assert "chat.W009" not in {message.id for message in run_checks()}


def test_a_spool_that_others_can_list_is_named(tmp_path: Path, settings: Any) -> None:
    folder = tmp_path / "spool"
    folder.mkdir(0o755)
    settings.CHAT_SPOOL_DIR = str(folder)

    assert any(str(folder) in message.msg for message in run_checks())
