"""`manage.py move_database`: everything arrives, and is compared."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.contrib.auth import get_user_model
from django.db import connection

from attacks.database import POSTGRESQL_URL, postgresql_source
from chat.access.clients import add_client
from chat.models import RequestLog
from chat.tests import rows
from chat.tests.development import BASE_DIR
from chat.tests.requestlog.processes import database_url

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]

SERVER = os.environ.get("TEST_POSTGRESQL_URL", POSTGRESQL_URL)


@pytest.fixture
def other() -> Iterator[Any]:
    """An empty database with tables, as `migrate` leaves it."""
    try:
        psycopg.connect(SERVER, connect_timeout=3).close()
    except psycopg.OperationalError:
        pytest.skip("there is no PostgreSQL here")
    with postgresql_source(SERVER) as source:
        made = source()
        with psycopg.connect(made.url) as found:
            found.execute("DELETE FROM auth_user")
        yield made


@pytest.fixture
def here(tmp_path: Path) -> str:
    """A copy of the test's database, with some of everything."""
    RequestLog.objects.bulk_create(
        RequestLog(**rows.values(question=f"Question {number} 你好 \U0001f600"))
        for number in range(600)
    )
    rows.conversation(3)
    add_client("Shop", budget_usd_per_day=5)
    get_user_model().objects.create_superuser("operator", password="long enough")
    if connection.vendor != "sqlite":
        return database_url()
    path = tmp_path / "copy.sqlite3"
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(path)])
    return f"sqlite:///{path}"


def move(here: str, there: str, *words: str) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, "DEBUG": "true", "DATABASE_URL": here}
    return subprocess.run(
        [sys.executable, "manage.py", "move_database", *words],
        cwd=BASE_DIR,
        env={**variables, "NEW_DATABASE_URL": there},
        capture_output=True,
        text=True,
    )


def test_all_of_it_arrives_and_is_compared(here: str, other: Any) -> None:
    done = move(here, other.url)
    assert done.returncode == 0, done.stderr
    assert "Both have the same" in done.stdout
    ((count,),) = other.rows("SELECT count(*) FROM chat_requestlog")
    assert count == RequestLog.objects.count()
    found = other.rows(
        "SELECT question FROM chat_requestlog WHERE question LIKE ?", "%n 7 %"
    )
    assert found == [("Question 7 你好 \U0001f600",)]
    next_number = "SELECT nextval(pg_get_serial_sequence('chat_client', 'id'))"
    ((number,),) = other.rows("SELECT id FROM chat_client")
    assert other.rows(next_number)[0][0] > number

    # Nothing is done twice, and what differs is said.
    done = move(here, other.url)
    assert done.returncode == 1
    assert "has rows there: nothing was done" in done.stderr
    with psycopg.connect(other.url) as connected:
        connected.execute("UPDATE chat_client SET name = 'Shop 2'")
    done = move(here, other.url, "--only-compare")
    assert done.returncode == 1
    assert "not the same in both: chat_client" in done.stderr
