import io
import os
import re
import signal
import socket
import stat
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from chat.management.commands.quickstart import Command
from chat.tests.development import running
from chat.tests.ports import free_port, listens
from config import dotenv

PRODUCTION = {"DEBUG": "false", "SECRET_KEY": "k" * 50, "ALLOWED_HOSTS": "127.0.0.1"}


@pytest.fixture
def command():
    return Command(stdout=io.StringIO(), no_color=True)


def test_an_admin_account_is_made_and_its_password_shown(db, command):
    command._create_admin()

    printed = command.stdout._out.getvalue()
    password = re.search(r"password  (\S+)", printed).group(1)
    admin = get_user_model().objects.get(username="admin")
    assert admin.is_superuser and admin.check_password(password)
    assert password not in admin.password


def test_an_admin_account_is_left_alone(db, command):
    users = get_user_model().objects
    users.create_superuser("ada", password="a long password")

    command._create_admin()

    assert command.stdout._out.getvalue() == ""
    assert users.count() == 1


def test_a_port_in_use_is_one_sentence(settings):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings.HOST, settings.PORT = taken.getsockname()

        with pytest.raises(CommandError, match="choose another with `make run PORT="):
            call_command("quickstart")


def test_a_first_env_file_is_written_once(tmp_path, monkeypatch):
    monkeypatch.delenv("SECRET_KEY")
    monkeypatch.setattr(dotenv, "PATH", tmp_path / ".env")

    assert dotenv.create()
    text = dotenv.PATH.read_text()
    assert not dotenv.create()

    assert text == dotenv.PATH.read_text()
    assert len(dotenv.variables()["SECRET_KEY"]) >= 50
    assert dotenv.variables()["HOST"] == "127.0.0.1"
    assert stat.S_IMODE(dotenv.PATH.stat().st_mode) == 0o600


def test_no_env_file_is_written_where_the_process_has_a_secret(tmp_path, monkeypatch):
    monkeypatch.setattr(dotenv, "PATH", tmp_path / ".env")

    assert not dotenv.create()
    assert not dotenv.PATH.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_on_the_simulator_and_leaves_nothing_behind(tmp_path, number):
    with running(tmp_path, "quickstart") as server:
        server.until(lambda: server.get("/admin/login/"))
        assert "SIMULATOR" in server.output
        assert f"\n  http://127.0.0.1:{server.port}/\n" in server.output
        assert f"curl -N http://127.0.0.1:{server.port}/api/chat" in server.output

        server.end(number)

        server.until(lambda: not listens(server.port))


def test_with_a_key_it_goes_to_zai(tmp_path):
    key = "0123456789abcdef.0123456789abcdef"
    with running(tmp_path, "quickstart", ZAI_API_KEY=key) as server:
        server.until(lambda: server.get("/admin/login/"))

        assert "Answers come from Z.AI at https://api.z.ai" in server.output
        assert "SIMULATOR" not in server.output and key not in server.output


def test_a_second_start_changes_nothing(tmp_path):
    for _ in range(2):
        with running(tmp_path, "quickstart") as server:
            server.until(lambda: server.get("/admin/login/"))
            printed = server.output

    assert "its password is shown" not in printed
    assert os.listdir(tmp_path).count("db.sqlite3") == 1


FOR_OTHERS = [
    {"HOST": "0.0.0.0"},
    {"HOST": "127.0.0.1", "TRUSTED_PROXIES": "127.0.0.1"},
]


@pytest.mark.parametrize("way", FOR_OTHERS, ids=str)
def test_the_simulator_is_not_served_to_others_by_itself(tmp_path, way):
    with running(tmp_path, "quickstart", **PRODUCTION | way) as server:
        assert server.process.wait(30) == 1

    assert "`make run ARGS=--simulator`" in server.output
    assert "Traceback" not in server.output
    assert not (tmp_path / "db.sqlite3").exists()


@pytest.mark.parametrize("way", FOR_OTHERS, ids=str)
def test_the_simulator_is_served_to_others_at_a_word(tmp_path, way):
    words = ("quickstart", "--simulator")
    with running(tmp_path, *words, **PRODUCTION | way) as server:
        server.until(lambda: server.get("/admin/login/"))

    assert "SIMULATOR" in server.output


def test_this_machine_gets_the_simulator_without_a_word(tmp_path):
    with running(tmp_path, "quickstart", **PRODUCTION) as server:
        server.until(lambda: server.get("/admin/login/"))


@pytest.mark.parametrize("command", ["quickstart", "runserver", "migrate"])
@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("postgres://u:sekret@127.0.0.1:{port}/x?connect_timeout=1", "is it running"),
        ("sqlite:////dev/null/db.sqlite3", "must be there and writable"),
    ],
)
def test_a_database_that_cannot_be_used_is_one_sentence(
    tmp_path, command, url, sentence
):
    url = url.format(port=free_port())
    with running(tmp_path, command, DATABASE_URL=url) as server:
        status = server.process.wait(60)

        assert status == 1
        assert sentence in server.output
        assert "Traceback" not in server.output
        assert "sekret" not in server.output
        assert "error connecting" not in server.output  # as its pool says at each try
        assert sentence in server.output.splitlines()[-1]


def test_a_folder_that_cannot_be_written_is_one_sentence(monkeypatch):
    monkeypatch.delenv("SECRET_KEY")
    monkeypatch.setattr(dotenv, "PATH", Path("/dev/null/.env"))

    with pytest.raises(ImproperlyConfigured, match="cannot be written"):
        dotenv.create()
