"""A record is written down before what it tells goes out."""

import json
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from chat.models import RequestLog
from chat.requestlog.record import Record
from chat.tests.e2e.raw_caller import RawCaller
from chat.tests.requestlog.closed_rows import closed, id_of, only_row
from chat.tests.requestlog.sums import tallies_agree
from chat.tests.requestlog.written_down import written_down
from chat.tests.scripted_zai import answering, scripted
from chat.tests.serving import Service, point_at, service_for
from chat.tests.waiting import eventually

ANSWER = (
    b'data: {"id":"1","created":1,"model":"glm-4.6","choices":[{"index":0,'
    b'"finish_reason":"stop","delta":{"content":"Hi"}}]}\n\ndata: [DONE]\n\n'
)
WHOLE = (
    b'{"id":"1","created":1,"model":"glm-4.6","choices":[{"index":0,'
    b'"finish_reason":"stop","message":{"role":"assistant","content":"Hi"}}]}'
)


@pytest.mark.parametrize("stream", [True, False])
def test_what_is_told_is_written_down_before_and_nothing_waits_for_the_database(
    settings: Any, hanging: threading.Event, stream: bool
) -> None:
    """The question before Z.AI is asked, the end before the caller has it."""
    folder = Path(settings.CHAT_SPOOL_DIR)
    seen: list[list[Record]] = []

    def look(asked: socket.socket) -> None:
        seen.append(written_down(folder))
        part = ANSWER if stream else WHOLE
        kind = "text/event-stream" if stream else "application/json"
        answering(part, kind=kind)(asked)

    with scripted(look) as base_url:
        point_at(settings, base_url)
        with service_for() as service:
            identity = id_of(service.post(stream=stream))
            opened, ended = written_down(folder)
            assert not RequestLog.objects.exists()
            hanging.set()
            row = closed(identity)
    assert seen == [[opened]]
    assert (opened.row.id, opened.row.ending) == (identity, None)
    assert opened.text and opened.text.messages == [
        {"role": "user", "content": "Hello"}
    ]
    assert (ended.row.id, ended.row.ending, ended.row.status) == (
        identity,
        "completed",
        200,
    )
    assert ended.text and ended.text.messages is None
    assert (row.ending, row.text.prompt.body["content"]) == ("completed", "Hello")
    assert row.text.answer.body["content"] == "Hi"
    assert tallies_agree()


def test_a_refusal_is_written_down_before_it_is_told(
    settings: Any, service: Service, hanging: threading.Event
) -> None:
    response = service.post(temperature=7)
    [refused] = written_down(Path(settings.CHAT_SPOOL_DIR))
    assert response.status_code == 400
    assert (refused.row.id, refused.row.ending) == (id_of(response), "refused")
    hanging.set()
    assert closed(id_of(response)).status == 400


@pytest.mark.parametrize("stream", [True, False])
def test_an_error_of_z_ai_that_is_faster_than_the_commit(
    settings: Any, service: Service, hanging: threading.Event, stream: bool
) -> None:
    response = service.post("sim:error=1210", stream=stream)
    opened, ended = written_down(Path(settings.CHAT_SPOOL_DIR))
    assert (opened.row.ending, ended.row.ending) == (None, "upstream_rejected")
    assert not RequestLog.objects.exists()
    hanging.set()
    row = closed(id_of(response))
    assert (row.ending, row.status) == ("upstream_rejected", 400)
    assert tallies_agree()


def test_an_end_that_never_arrives_is_corrected(settings: Any, zai: Any) -> None:
    """The caller takes nothing more, and leaves before the last of a long answer."""
    settings.CHAT_WRITE_TIMEOUT_SECONDS = 3
    folder = Path(settings.CHAT_SPOOL_DIR)
    whole = WHOLE.replace(b"Hi", b"word " * 1_200_000)
    with scripted(answering(whole, kind="application/json")) as base_url:
        point_at(settings, base_url)
        with service_for() as service, RawCaller(service.url, 4096) as caller:
            caller.ask(stream=False)
            eventually(lambda: any(r.row.ending for r in written_down(folder)))
            assert not RequestLog.objects.exclude(ending=None).exists()
            row = only_row()
    assert (row.ending, row.status) == ("client_disconnected", 200)
    assert tallies_agree()


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


def test_it_closes_as_the_interpreter_ends(tmp_path: Path) -> None:
    """Which has ended the thread by then; what was to be closed after it is too."""
    using = """
import atexit, pathlib, sys
import django
django.setup()
from chat.requestlog.ahead import Ahead
from chat.requestlog.spool import Spool
ahead = Ahead(Spool(pathlib.Path(sys.argv[1]), "one", 10_000))
ahead._do_later(lambda: None)
atexit.register(lambda: (ahead.close(), print("closed")))
"""
    command = [sys.executable, "-c", using, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("closed\n", "")
