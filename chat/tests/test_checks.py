from collections.abc import Callable

import pytest
from django.core.checks import run_checks
from django.db import connection

from chat.checks.old_names import NAMES, check_old_names
from chat.tests.development import BASE_DIR
from config.settings import ENVIRONMENT

TLS = "chat.W017"


def ids(deploy: bool = False) -> set[str]:
    messages = run_checks(include_deployment_checks=deploy)
    return {message.id for message in messages if message.id.startswith("chat.")}


@pytest.fixture(autouse=True)
def well_configured(settings):
    settings.ZAI_API_KEY = "0123456789abcdef.0123456789abcdef"
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_SSL_REDIRECT = True
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    settings.CHAT_PAGE = "staff"


def test_nothing_is_said_of_a_good_configuration():
    assert ids() == set()


def test_the_spool_must_be_writable(settings, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: False)

    assert ids() == {"chat.W007"}


def test_an_old_sqlite_is_named(monkeypatch):
    monkeypatch.setattr("django.db.connection.vendor", "sqlite")
    monkeypatch.setattr("sqlite3.sqlite_version_info", (3, 34, 1))

    assert ids() == {"chat.E002"}


def test_it_is_open_to_everyone_until_it_is_locked(settings):
    assert ids(deploy=True) == {"chat.W028"}
    settings.CHAT_ACCESS = "keys"
    assert ids(deploy=True) == set()


@pytest.mark.parametrize("workers", ["1", "", "two", "4"])
def test_several_workers_want_redis_for_who_comes_back(settings, monkeypatch, workers):
    monkeypatch.setenv("WEB_CONCURRENCY", workers)
    assert ids() == ({"chat.I003"} if workers == "4" else set())
    settings.CHAT_KEEP_ANSWER_SECONDS = 0
    assert ids() == set()
    settings.CHAT_KEEP_ANSWER_SECONDS = 300
    settings.REDIS_URL = "redis://127.0.0.1:6379"
    assert ids() == set()


def test_chat_must_stand_above_staticfiles(settings):
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS[1:], "chat"]

    assert ids() == {"chat.E001"}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("ZAI_API_KEY", "", "chat.W001"),
        ("ZAI_API_KEY", "no-dot-in-it", "chat.W002"),
        ("ZAI_API_KEY", "id.s\u00e9cret", "chat.W002"),
        ("ZAI_API_KEY", "'id.secret with space'", "chat.W002"),
        ("ZAI_BASE_URL", "http://api.z.ai/api/paas/v4", "chat.W003"),
        ("ZAI_BASE_URL", "https://api.z.ai/api/coding/paas/v4", "chat.W025"),
        ("ZAI_BASE_URL", "https://open.bigmodel.cn/api/coding/paas/v4", "chat.W025"),
        ("CHAT_DEFAULT_MODEL", "glm-99", "chat.W026"),
        ("CHAT_DEFAULT_MODEL", "glm-4.5-flash", "chat.W027"),
        ("CHAT_HEARTBEAT_SECONDS", 30, "chat.W004"),
        ("CHAT_OPEN_AFTER_SECONDS", 40, "chat.W004"),
        ("DEBUG", True, "chat.W005"),
        ("CHAT_SHUTDOWN_GRACE_SECONDS", 100, "chat.W006"),
        ("CHAT_MAX_OPEN_EXCHANGES", 1_000_000_000, "chat.W018"),
    ],
)
def test_always(settings, name, value, expected):
    setattr(settings, name, value)

    assert ids() == {expected}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("SECRET_KEY", "replace-me-with-something", "chat.E003"),
        ("MIDDLEWARE", [], "chat.W010"),
        ("SECURE_HSTS_SECONDS", 0, "chat.W011"),
        ("SECURE_SSL_REDIRECT", False, "chat.W012"),
        ("CSRF_COOKIE_SECURE", False, "chat.W013"),
        ("ALLOWED_HOSTS", ["*"], "chat.W014"),
        ("CORS_ALLOW_ALL_ORIGINS", True, "chat.W015"),
        ("CHAT_PAGE", "all", "chat.W016"),
        ("TRUSTED_PROXIES", [], "chat.I002"),
    ],
)
def test_at_deploy(settings, name, value, expected):
    setattr(settings, name, value)

    assert ids(deploy=True) == {"chat.W028", expected}


@pytest.fixture
def postgresql(monkeypatch):
    """Pretends that DATABASE_URL names a PostgreSQL; nothing connects to it."""

    def pretend(host, mode):
        options = {"sslmode": mode} if mode else {}
        monkeypatch.setattr("django.db.connection.vendor", "postgresql")
        monkeypatch.setitem(connection.settings_dict, "HOST", host)
        monkeypatch.setitem(connection.settings_dict, "OPTIONS", options)

    monkeypatch.delenv("PGSSLMODE", raising=False)
    return pretend


@pytest.mark.parametrize(
    ("mode", "danger"),
    [
        (None, "sslmode=prefer: the password and"),
        ("disable", "may travel in the clear"),
        ("require", "may pose as the database"),
        ("verify-ca", "may pose as the database"),
    ],
)
def test_a_database_elsewhere_must_prove_who_it_is(postgresql, mode, danger):
    postgresql("db.example.com", mode)

    assert ids() == set()
    [found] = [m for m in run_checks(include_deployment_checks=True) if m.id == TLS]
    assert "db.example.com" in found.msg and danger in found.msg


@pytest.mark.parametrize(
    ("host", "mode"),
    [
        ("db.example.com", "verify-full"),
        ("127.0.0.1", None),
        ("/var/run/postgresql", None),
        ("", None),
    ],
)
def test_a_database_that_is_proven_or_here_is_no_danger(postgresql, host, mode):
    postgresql(host, mode)

    assert ids(deploy=True) == {"chat.W028"}


def test_the_mode_may_come_from_the_environment(postgresql, monkeypatch):
    postgresql("db.example.com", None)
    monkeypatch.setenv("PGSSLMODE", "verify-full")

    assert ids(deploy=True) == {"chat.W028"}


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_this_machine_is_no_danger(settings, host):
    settings.DEBUG = True
    settings.HOST = host
    settings.ZAI_BASE_URL = f"http://{f'[{host}]' if ':' in host else host}:8080/v4"

    assert ids() == set()


def test_every_check_says_what_to_do(settings):
    settings.ZAI_API_KEY = ""
    settings.MIDDLEWARE = []

    messages = run_checks(include_deployment_checks=True)

    assert all(m.hint for m in messages if m.id.startswith("chat."))


def test_a_key_is_never_shown(settings):
    settings.ZAI_API_KEY = "hunter2"

    assert "hunter2" not in str(run_checks())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("write", [str.upper, str.lower])
def test_names_of_other_backends_are_recognised(
    monkeypatch: pytest.MonkeyPatch, name: str, write: Callable[[str], str]
) -> None:
    monkeypatch.delenv(NAMES[name], raising=False)
    monkeypatch.setenv(write(name), "a value of theirs")

    [told] = check_old_names()

    assert told.msg == f"{name} has no effect: the setting is {NAMES[name]} here."
    monkeypatch.setenv(NAMES[name], "x")
    assert check_old_names() == []


def test_the_page_of_migrating_has_all_of_them() -> None:
    page = (BASE_DIR / "docs" / "migrating.md").read_text()
    for old, new in NAMES.items():
        assert f"`{old}`" in page and f"`{new}`" in page


def test_none_of_them_is_a_setting_of_ours() -> None:
    assert not set(NAMES) & ENVIRONMENT.names
