"""Tests know nothing of the developer's `.env` and environment, but DATABASE_URL."""

import os
import re
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config import dotenv

EXAMPLE = Path(__file__).parent / ".env.example"

for name in re.findall(r"^(?:# )?([A-Z_]+)=", EXAMPLE.read_text(), re.MULTILINE):
    if name != "DATABASE_URL":
        os.environ.pop(name, None)
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "SECRET_KEY": "for-tests-only",
    "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
}
dotenv.PATH = Path(os.devnull)

# Compiled once, and not anew by each worker and each of hundreds of processes.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # As in a job in the background. What is ignored is so in every process that a test
    # starts, too, and some are to be ended by it; what is handled is not inherited.
    signal.signal(signal.SIGINT, lambda *_: None)

import django  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402

database = settings.DATABASES["default"]
if database["ENGINE"].endswith("sqlite3"):
    # In a file, for the log is written from a thread of its own.
    file = Path(tempfile.gettempdir()) / f"chat-test-{os.getpid()}.sqlite3"
    database.setdefault("TEST", {})["NAME"] = str(file)

django.setup()

from chat.tests.savings import save  # noqa: E402

save()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """PostgreSQL may not have noticed yet that a process was killed; while it has a
    session of one, the test's database cannot be dropped. Its disk is not waited for:
    here its machine never loses its power."""
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            name = connection.ops.quote_name(connection.settings_dict["NAME"])
            cursor.execute(f"ALTER DATABASE {name} SET synchronous_commit TO off")
        connection.close()
    yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Inherited by the workers, it would have pytest-django read the settings there
    before this file has cleared the way."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What may take longest begins first: at the end no worker is waited for alone."""

    def patience(item: pytest.Item) -> float:
        marker = item.get_closest_marker("timeout")
        return float(marker.args[0]) if marker else 0.0

    items.sort(key=patience, reverse=True)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """One worker has all tests of the example site, for it is built once; one those of
    two hosts; and one all attacks, which measure how the service does while they last.

    That is `--dist loadgroup`, which does nothing in pytest-xdist 3.8 with pytest 9.2.
    """
    from xdist.scheduler import LoadScopeScheduling

    def scope(nodeid: str) -> str:
        folders = ("chat/tests/nextjs/", "attacks/", "cluster/")
        return next((name for name in folders if nodeid.startswith(name)), nodeid)

    scheduling: Any = LoadScopeScheduling(config, log)
    scheduling._split_scope = scope
    return scheduling
