import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import dotenv

BASE_DIR = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def dotenv_file(tmp_path, monkeypatch):
    monkeypatch.setattr(dotenv, "PATH", tmp_path / ".env")
    for name in ("SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / ".env"


@pytest.fixture
def load(dotenv_file, monkeypatch):
    def load(**variables: str) -> dict[str, Any]:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(BASE_DIR / "config" / "settings.py"))

    return load


def test_development_needs_nothing_but_debug(load):
    settings = load(DEBUG="true")

    assert settings["ALLOWED_HOSTS"] == [".localhost", "127.0.0.1", "[::1]"]
    assert settings["CORS_ALLOWED_ORIGIN_REGEXES"]
    assert not settings["SESSION_COOKIE_SECURE"]


def test_production_is_safe_by_default(load):
    settings = load(SECRET_KEY="k", ALLOWED_HOSTS="chat.example.com")

    assert settings["SESSION_COOKIE_SECURE"] and settings["CSRF_COOKIE_SECURE"]
    assert settings["CORS_ALLOWED_ORIGINS"] == []
    assert settings["CORS_ALLOWED_ORIGIN_REGEXES"] == []
    assert settings["SECURE_PROXY_SSL_HEADER"] is None


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({}, "SECRET_KEY"),
        ({"SECRET_KEY": "k"}, "ALLOWED_HOSTS"),
        ({"SECRET_KEY": "k", "ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS"),
    ],
)
def test_production_names_what_it_needs(load, variables, name):
    with pytest.raises(ImproperlyConfigured, match=rf"^{name} must be set .*make run"):
        load(**variables)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "maybe"),
        ("PORT", "99999"),
        ("PORT", "8000  # comment"),
        ("HOST", "not a host"),
        ("ALLOWED_HOSTS", "https://chat.example.com"),
        ("ALLOWED_HOSTS", "localhost:8000"),
        ("ALLOWED_HOSTS", "::1"),
        ("CORS_ALLOWED_ORIGINS", "localhost:3000"),
        ("CORS_ALLOWED_ORIGINS", "https://example.com/path"),
        ("CORS_ALLOW_HEADERS", "X-One X-Two"),
        ("CSRF_TRUSTED_ORIGINS", "example.com"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("SECURE_SSL_REDIRECT", "2"),
        ("SECURE_HSTS_SECONDS", "-1"),
        ("LOG_LEVEL", "banana"),
        ("LOG_FORMAT", "xml"),
        ("ZAI_BASE_URL", "api.z.ai"),
        ("ZAI_BASE_URL", "ftp://api.z.ai"),
        ("ZAI_BASE_URL", "https://api.z.ai:99999/"),
        ("ZAI_BASE_URL", "https://api.z.ai/?key=1"),
        ("ZAI_MAX_TRIES", "0"),
        ("ZAI_CONNECT_TIMEOUT", "0"),
        ("ZAI_SILENCE_TIMEOUT", "-1"),
        ("ZAI_SILENCE_TIMEOUT", "nan"),
        ("ZAI_ANSWER_TIMEOUT", "inf"),
        ("CHAT_DEFAULT_TEMPERATURE", "7"),
        ("CHAT_DEFAULT_MAX_TOKENS", "1.5"),
        ("CHAT_MAX_BODY_BYTES", "20 MB"),
        ("CHAT_SHUTDOWN_GRACE_SECONDS", "soon"),
        ("CHAT_PAGE", "true"),
    ],
)
def test_a_value_that_cannot_be_read_is_one_sentence(load, name, value):
    with pytest.raises(ImproperlyConfigured) as raised:
        load(**{"DEBUG": "true", name: value})

    assert str(raised.value).startswith(f"{name} must be ")
    assert str(raised.value).endswith(f", not {value!r}.")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://chat:hunter2@db/chat"),
        ("DATABASE_URL", "postgres://chat:hunter2@db:port/chat"),
        ("DATABASE_URL", "hunter2"),
        ("ZAI_BASE_URL", "https://me:hunter2@api.z.ai/"),
    ],
)
def test_a_secret_is_never_shown(load, name, value):
    with pytest.raises(ImproperlyConfigured, match=f"^{name} must be ") as raised:
        load(**{"DEBUG": "true", name: value})

    assert "hunter2" not in str(raised.value)


def test_an_empty_variable_means_the_default_but_for_lists(load):
    settings = load(DEBUG="true", PORT="", ZAI_BASE_URL="", CORS_ALLOWED_ORIGINS="")

    assert settings["PORT"] == 8000
    assert settings["ZAI_BASE_URL"] == "https://api.z.ai/api/paas/v4"
    assert settings["CORS_ALLOWED_ORIGINS"] == []


def test_any_origin_may_be_allowed(load):
    assert load(DEBUG="true", CORS_ALLOWED_ORIGINS="*")["CORS_ALLOW_ALL_ORIGINS"]


def test_sqlite_lies_beside_manage_py_whatever_the_folder(load, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    database = load(DEBUG="true")["DATABASES"]["default"]

    assert database["NAME"] == str(BASE_DIR / "db.sqlite3")
    assert "journal_mode=WAL" in database["OPTIONS"]["init_command"]


def test_postgresql_lends_connections_from_a_pool(load):
    url = "postgres://chat:p%40ss@db:5432/chat?sslmode=require"

    database = load(DEBUG="true", DATABASE_URL=url)["DATABASES"]["default"]

    assert database["PASSWORD"] == "p@ss"
    assert database["OPTIONS"]["sslmode"] == "require"
    assert database["OPTIONS"]["pool"]["max_size"] == 10


def test_forwarded_headers_count_only_with_trusted_proxies(load):
    settings = load(DEBUG="true", TRUSTED_PROXIES="10.0.0.0/8, ::1")

    assert settings["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")


def test_the_process_wins_over_the_file(load, dotenv_file):
    dotenv_file.write_text("\ufeffDEBUG=true\nPORT=8001\nCHAT_DEFAULT_MODEL='glm-5'\n")

    settings = load(PORT="8002")

    assert settings["PORT"] == 8002
    assert settings["CHAT_DEFAULT_MODEL"] == "glm-5"


def test_the_file_does_not_reach_child_processes(load, dotenv_file):
    dotenv_file.write_text("DEBUG=true\nCHAT_SYSTEM_PROMPT=Hello\n")

    assert load()["CHAT_SYSTEM_PROMPT"] == "Hello"
    assert "CHAT_SYSTEM_PROMPT" not in os.environ


def test_a_secret_may_begin_with_a_dollar_sign(load):
    assert load(DEBUG="true", SECRET_KEY="$a#b")["SECRET_KEY"] == "$a#b"


def test_a_line_that_cannot_be_read_is_named_and_not_shown(load, dotenv_file):
    dotenv_file.write_text("DEBUG=true\nZAI_API_KEY = hunter2.hunter2\n")

    with pytest.raises(ImproperlyConfigured, match="line 2") as raised:
        load()

    assert "hunter2" not in str(raised.value)


def test_a_file_that_is_no_text_is_one_sentence(load, dotenv_file):
    dotenv_file.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(ImproperlyConfigured, match="cannot be read as UTF-8"):
        load()


def test_manage_py_prints_the_sentence_and_no_traceback():
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=BASE_DIR,
        env={**os.environ, "PORT": "banana"},
        capture_output=True,
        text=True,
    )

    sentence = "PORT must be a whole number from 1 to 65535, not 'banana'.\n"
    assert (done.returncode, done.stderr) == (1, sentence)


def test_credentials_are_not_for_every_page_in_the_world(load):
    with pytest.raises(ImproperlyConfigured, match=r"^CORS_ALLOW_CREDENTIALS needs"):
        load(DEBUG="true", CORS_ALLOWED_ORIGINS="*", CORS_ALLOW_CREDENTIALS="true")


def test_further_headers_are_added_to_those_that_pages_may_send(load):
    allowed = load(DEBUG="true", CORS_ALLOW_HEADERS="X-Tenant")["CORS_ALLOW_HEADERS"]

    assert {"x-tenant", "content-type", "traceparent", "sentry-trace"} <= set(allowed)
