"""The visit: found again wherever the request is, and let go of with it."""

import json
from typing import Any

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.test import AsyncClient, Client, RequestFactory

from chat.exchange import visit as module
from chat.exchange.register import open_exchanges
from chat.exchange.visit import visit_of
from chat.models import RequestLog
from chat.requestlog import journal
from chat.tests.serving import Service
from chat.tests.waiting import eventually
from chat.upstream import client

QUESTION = json.dumps({"messages": [{"role": "user", "content": "sim:error=1210"}]})


def test_a_request_has_one_visit() -> None:
    for request in (HttpRequest(), RequestFactory().get("/")):
        visit = visit_of(request)
        assert visit_of(request) is visit
        assert visit.request_id.startswith("req_")
        assert not visit.is_watched


def test_a_client_without_asgi_is_served(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    response = Client().get("/v1/models")
    assert response.status_code == 200
    assert response["X-Request-ID"].startswith("req_")


@pytest.mark.django_db(transaction=True)
async def test_what_fails_without_our_handler_is_closed(
    zai: Any, settings: Any
) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    response = await AsyncClient().post(
        "/api/chat", QUESTION, content_type="application/json"
    )
    assert response.status_code == 400
    assert not open_exchanges
    await client.close()
    journal.stop()
    row = await RequestLog.objects.aget()
    assert (row.ending, row.status, row.whose) == ("upstream_rejected", 400, "caller")


@pytest.mark.parametrize("body", [{"stream": False}, {"temperature": 9}])
def test_the_server_keeps_nothing_of_a_visit(
    service: Service, monkeypatch: pytest.MonkeyPatch, body: Any
) -> None:
    scopes: list[Any] = []
    begin = ASGIHandler.create_request

    def remember(self: Any, scope: Any, body_file: Any) -> Any:
        scopes.append(scope)
        assert module.KEY in scope
        return begin(self, scope, body_file)

    monkeypatch.setattr(ASGIHandler, "create_request", remember)
    service.post(**body)
    assert len(scopes) == 1
    eventually(lambda: module.KEY not in scopes[0])
