"""The row is there before Z.AI is asked."""

import json
import socket
import time
from typing import Any

import pytest
from django.db import connection

from chat.models import RequestLog
from chat.requestlog.store import Store
from chat.tests.requestlog.closed_rows import closed, id_of
from chat.tests.scripted_zai import answering, scripted
from chat.tests.serving import point_at, service_for

ANSWER = (
    b'data: {"id":"1","created":1,"model":"glm-4.6","choices":[{"index":0,'
    b'"finish_reason":"stop","delta":{"content":"Hi"}}]}\n\ndata: [DONE]\n\n'
)
WHOLE = (
    b'{"id":"1","created":1,"model":"glm-4.6","choices":[{"index":0,'
    b'"finish_reason":"stop","message":{"role":"assistant","content":"Hi"}}]}'
)


@pytest.mark.parametrize("stream", [True, False])
def test_the_row_is_committed_before_z_ai_is_asked(
    settings: Any, monkeypatch: pytest.MonkeyPatch, stream: bool
) -> None:
    write = Store.write

    def slowly(self: Store, records: Any) -> None:
        time.sleep(0.1)  # a slow disk
        write(self, records)

    monkeypatch.setattr(Store, "write", slowly)
    seen: list[list[Any]] = []

    def look(asked: socket.socket) -> None:
        try:
            seen.append(list(RequestLog.objects.values_list("pk", "ending", "status")))
        finally:
            connection.close()  # this thread's own
        part = ANSWER if stream else WHOLE
        kind = "text/event-stream" if stream else "application/json"
        answering(part, kind=kind)(asked)

    with scripted(look) as base_url:
        point_at(settings, base_url)
        with service_for() as service:
            identity = id_of(service.post(stream=stream))
            assert seen == [[(identity, None, None)]]
            assert closed(identity).ending == "completed"


def test_a_row_is_closed_once(settings: Any) -> None:
    with scripted(answering(ANSWER)) as base_url:
        point_at(settings, base_url)
        with service_for() as service:
            row = closed(id_of(service.post()))
            before = RequestLog.objects.values().get()
            assert RequestLog.objects.count() == 1
        assert RequestLog.objects.values().get() == before
        assert row.text.answer.body == {"role": "assistant", "content": "Hi"}


def test_z_ai_gets_the_id_of_the_row(settings: Any) -> None:
    bodies: list[bytes] = []
    with scripted(answering(ANSWER), bodies=bodies) as base_url:
        point_at(settings, base_url)
        with service_for() as service:
            identity = id_of(service.post())
    assert json.loads(bodies[0])["request_id"] == identity
