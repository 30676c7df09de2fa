"""No text where none is wanted, and no key anywhere."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.apps import apps
from django.db import connection

from chat.models import RequestLog
from chat.requestlog.question import figures
from chat.requestlog.store import Store
from chat.tests.requestlog.closed_rows import closed, id_of
from chat.tests.scripted_zai import answering, scripted
from chat.tests.serving import Service, point_at, service_for

MARK = "Xyzzy"
KEY = "0123456789abcdef0123.SecretSecretSecret"
EVENT = (
    b'data: {"id":"1","created":1,"model":"glm-4.6","choices":[{"index":0,'
    b'"delta":{"content":"%b","reasoning_content":"%b","tool_calls":[{"index":0,"id":'
    b'"c","function":{"name":"%b","arguments":""}}]},"finish_reason":"stop"}],'
    b'"web_search":[{"title":"%b"}]}\n\ndata: [DONE]\n\n'
)
REFUSAL = b'{"error":{"code":"1301","message":"%b is not allowed. Key %b."}}'
BROKEN = EVENT.split(b"\n\n")[0].replace(b'"stop"', b"null") + b"\n\ndata: {it's %b\n\n"


def dump() -> str:
    """Every value of every table of ours."""
    found: list[str] = []
    for model in apps.get_app_config("chat").get_models():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {model._meta.db_table}")
            found += [str(row) for row in cursor.fetchall()]
    return "\n".join(found)


def marked(template: bytes, mark: str) -> bytes:
    return template.replace(b"%b", mark.encode())


def ask(url: str, mark: str, **more: Any) -> httpx.Response:
    body = {
        "messages": [
            {"role": "system", "content": mark},
            {"role": "user", "content": f"{mark} Hello"},
        ],
        "stop": [mark],
        "tools": [{"type": "function", "function": {"name": mark}}],
        "thinking": {"type": "enabled", mark: True, "note": f"a {mark}"},
        "meta": {"user_name": mark, mark: mark},
        **more,
    }
    headers = {"Authorization": f"Bearer {KEY}", "X-Api-Key": KEY}
    return httpx.post(
        f"{url}/api/chat", json=body, headers=headers, timeout=20, trust_env=False
    )


ANSWERS = {
    "an answer": answering(marked(EVENT, MARK)),
    "a refusal": answering(
        marked(REFUSAL, MARK), status="400 Bad Request", kind="application/json"
    ),
    "something broken": answering(marked(BROKEN, MARK)),
    "an error in the stream": answering(b"data: " + marked(REFUSAL, MARK) + b"\n\n"),
}


@pytest.fixture
def broken_database(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Everything goes through the spool."""
    from django.db import OperationalError

    def refuse(*_: Any) -> None:
        raise OperationalError("away")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "write", refuse)
        yield


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("how", ["by setting", "by request"])
def test_no_text_at_all(
    settings: Any, caplog: pytest.LogCaptureFixture, name: str, how: str
) -> None:
    caplog.set_level(logging.INFO)
    settings.CHAT_STORE_TEXT = how == "by request"
    more = {} if how == "by setting" else {"store": False}
    settings.ZAI_MAX_TRIES = 1
    with scripted(ANSWERS[name]) as base_url:
        point_at(settings, base_url)
        with service_for() as service:
            row = closed(id_of(ask(service.url, MARK, **more)))
    assert MARK.lower() not in dump().lower()
    assert (row.question, hasattr(row, "text")) == ("", False)
    said = "\n".join(f"{r.getMessage()} {vars(r)}" for r in caplog.records)
    assert row.id in said
    assert MARK.lower() not in said.lower()


@pytest.mark.usefixtures("broken_database")
def test_no_text_in_the_spool(settings: Any, tmp_path: Path) -> None:
    settings.CHAT_STORE_TEXT = False
    with scripted(ANSWERS["a refusal"]) as base_url:
        point_at(settings, base_url)
        with service_for() as service:
            ask(service.url, MARK)
    spooled = b"".join(path.read_bytes() for path in (tmp_path / "spool").glob("*.*"))
    assert b"upstream_rejected" in spooled
    assert MARK.encode() not in spooled


def test_our_own_refusal_quotes_nobody(settings: Any) -> None:
    settings.CHAT_STORE_TEXT = False
    point_at(settings, "http://127.0.0.1:9/v4")
    with service_for() as service:
        body = {"messages": [{"role": MARK, "content": MARK}]}
        row = closed(id_of(service.send(body)))
    assert MARK not in dump()
    assert row.error_message


def test_with_text_the_words_are_there(settings: Any) -> None:
    """Or the tests above would prove nothing."""
    with scripted(ANSWERS["an answer"]) as base_url:
        point_at(settings, base_url)
        with service_for() as service:
            closed(id_of(ask(service.url, MARK)))
    assert dump().count(MARK) >= 6


@pytest.mark.parametrize("name", ["a refusal", "an error in the stream"])
def test_no_key_reaches_a_row(settings: Any, name: str) -> None:
    answers = {
        "a refusal": answering(
            marked(REFUSAL, KEY), status="400 Bad Request", kind="application/json"
        ),
        "an error in the stream": answering(b"data: " + marked(REFUSAL, KEY) + b"\n\n"),
    }
    with scripted(answers[name]) as base_url:
        point_at(settings, base_url)
        settings.ZAI_API_KEY = KEY
        with service_for() as service:
            row = closed(id_of(ask(service.url, "Hello")))
    assert KEY not in dump()
    assert "[key]" in row.error_message


def test_figures_are_no_text() -> None:
    kept = figures(
        {
            "temperature": 0.5,
            "do_sample": True,
            "stop": ["x"],
            "user_id": "ada-lovelace",
            "reasoning_effort": "high",
            "thinking": {"type": "enabled", "clear_thinking": False, "x": "y"},
        }
    )
    assert kept == {
        "temperature": 0.5,
        "do_sample": True,
        "reasoning_effort": "high",
        "thinking": {"type": "enabled", "clear_thinking": False},
    }


def test_who_has_no_address_has_a_row(settings: Any, zai: Any) -> None:
    settings.TRUSTED_PROXIES = []
    with service_for(app=_without_client) as service:
        row = closed(id_of(service.post()))
    assert row.address is None
    assert row.ending == "completed"
    assert RequestLog.objects.count() == 1


async def _without_client(scope: Any, receive: Any, send: Any) -> None:
    """As uvicorn behind a Unix socket."""
    from config.asgi import application

    await application({**scope, "client": None}, receive, send)


def test_a_path_of_the_callers_words_is_not_kept(service: Service) -> None:
    path = f"{service.url}/v1/models/{MARK}/"
    row = closed(id_of(httpx.get(path, timeout=20, trust_env=False)))
    assert row.path == "/v1/models/{id}/"
    assert MARK not in dump()


def test_words_that_are_none_of_zais_are_not_kept() -> None:
    words = {"reasoning_effort": "xyzzy", "thinking": {"type": "plugh", "xyzzy": True}}
    assert figures(words) == {"thinking": {}}
