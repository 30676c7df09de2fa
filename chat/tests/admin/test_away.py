"""What the admin says while its database is away."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from django.db import connection

from chat.tests.requestlog.outage import forwarding
from chat.tests.requestlog.processes import database_url, quick_process

pytestmark = pytest.mark.django_db

FORWARDED = {"X-Forwarded-For": "203.0.113.9"}


@pytest.mark.parametrize("path", ["", "chat/requestlog/", "now/", "login/"])
def test_it_says_so_in_its_own_look(
    operator: httpx.Client, broken: None, path: str
) -> None:
    answer = operator.get(f"/admin/{path}")
    assert answer.status_code == 503 and answer.headers["Retry-After"]
    assert "The database is away" in answer.text and 'id="header"' in answer.text
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "What is known on this machine" in answer.text


def test_others_are_not_told_where_it_is(operator: httpx.Client, broken: None) -> None:
    answer = operator.get("/admin/", headers=FORWARDED)
    assert answer.status_code == 503
    assert "What is known" not in answer.text and "sqlite" not in answer.text.lower()


def test_it_works_again_by_itself(
    operator: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        away(patch)
        assert operator.get("/admin/").status_code == 503
    assert operator.get("/admin/").status_code == 200


def test_another_fault_is_not_taken_for_it(
    operator: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any) -> None:
        raise ValueError("a fault of ours")

    monkeypatch.setattr("chat.admin.overview.view.page", fail)
    answer = operator.get("/admin/")
    assert answer.status_code == 500
    assert "database" not in answer.text


def test_what_can_be_read_is_shown_where_nothing_can_be_written(
    operator: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("a pool keeps its connections")
    options = connection.settings_dict["OPTIONS"]
    read_only = f"{options['init_command']}PRAGMA query_only=1;"
    with monkeypatch.context() as patch:
        patch.setitem(options, "init_command", read_only)
        assert operator.get("/admin/").status_code == 200
        assert operator.post("/admin/now/x/stop/").status_code in (403, 503)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no server")
@pytest.mark.parametrize("way", ["cut", "hang"])
def test_so_it_does_of_a_server_that_is_gone(
    zai: Any, tmp_path: Path, way: str
) -> None:
    with forwarding() as forwarder:
        url = database_url(port=forwarder.port)
        with quick_process(tmp_path / "a", zai, DATABASE_URL=url) as process:
            getattr(forwarder, way)()
            session = {"__Host-sessionid": "a" * 32}
            answer = httpx.get(
                f"{process.url}/admin/", cookies=session, timeout=60, trust_env=False
            )
            assert answer.status_code == 503
            assert "The database is away" in answer.text
            assert "PostgreSQL at 127.0.0.1" in answer.text
            process.end()


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    away(monkeypatch)


def away(patch: pytest.MonkeyPatch) -> None:
    """The database cannot be connected to: every thread asks for a place of its own."""
    if connection.vendor == "sqlite":
        patch.setitem(connection.settings_dict, "NAME", "/nowhere/db.sqlite3")
    else:
        pytest.skip("a pool keeps its connections")
