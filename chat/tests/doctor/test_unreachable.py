"""What the doctor says of an address where the service is not, or not for it."""

import os
import socket
import subprocess
import sys
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from chat.doctor.finding import Finding
from chat.models import Diagnosis
from chat.tests.development import BASE_DIR
from chat.tests.doctor.examining import examined
from chat.tests.ports import free_port
from chat.tests.scripted_zai import answering, scripted
from chat.tests.serving import Service
from chat.tests.waiting import SECONDS

pytestmark = pytest.mark.once


def only_finding(url: str, **options: Any) -> Finding:
    report = examined(url, silence=0, **options)
    assert report.exit_status == 2
    [finding] = report.findings
    assert (finding.check, finding.outcome) == ("reachable", "problem")
    assert finding.fix
    return finding


def test_nobody_listens() -> None:
    found = only_finding(f"http://127.0.0.1:{free_port()}/api/chat")
    assert "nothing listens" in found.fact


def test_nobody_listens_at_an_ipv6_address() -> None:
    port = free_port()
    found = only_finding(f"http://[::1]:{port}/api/chat")
    assert f"[::1]:{port}" in found.fact


@pytest.mark.parametrize("name", ["name.invalid", "name..invalid", "n" * 70])
def test_there_is_no_such_name(name: str) -> None:
    found = only_finding(f"http://{name}/api/chat")
    assert "no address" in found.fact


def test_plain_http_at_an_https_address(service: Service) -> None:
    found = only_finding(f"{service.url.replace('http:', 'https:')}/api/chat")
    assert "TLS" in found.fact


def test_somebody_who_listens_and_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        found = only_finding(f"http://127.0.0.1:{port}/api/chat", patience=1)
    assert "no answer came" in found.fact


ANSWERS = {
    "a page": ("200 OK", "text/html", b"<html>", "Another server"),
    "a port for TLS": ("400 Bad Request", "text/html", b"<html>", "https://"),
    "a refusal": ("403 Forbidden", "text/html", b"<html>", "firewall"),
    "a login": ("401 Unauthorized", "text/plain", b"", "login"),
    "a proxy without service": ("502 Bad Gateway", "text/html", b"<html>", "upstream"),
    "something else": ("418 Teapot", "text/plain", b"tea", "Another server"),
}


@pytest.mark.parametrize(
    ("status", "kind", "body", "fix"), ANSWERS.values(), ids=ANSWERS
)
def test_somebody_else_answers(status: str, kind: str, body: bytes, fix: str) -> None:
    with scripted(answering(body, status=status, kind=kind)) as url:
        found = only_finding(f"{url}/api/chat")
    assert status[:3] in found.fact
    assert fix in found.fix


def test_a_redirect_that_makes_a_get_of_a_post() -> None:
    status = "301 Moved\r\nLocation: https://my.site/api/chat"
    with scripted(answering(b"", status=status)) as url:
        found = only_finding(f"{url}/api/chat")
    assert "https://my.site/api/chat" in found.fact
    assert "a GET" in found.fix


def test_the_host_is_not_allowed(service: Service, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["my.site"]
    assert "ALLOWED_HOSTS" in only_finding(f"{service.url}/api/chat").fix


def test_the_path_is_not_that_of_the_chat(service: Service) -> None:
    found = only_finding(f"{service.url}/api/chats")
    assert "/api/chat at the end" in found.fix


def test_the_key_is_another(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.doctor.service.order.read", lambda raw: None)
    found = only_finding(f"{service.url}/api/chat")
    assert "SECRET_KEY" in found.fact
    assert "--simulator" in found.fix


def test_the_clocks_differ_too_much() -> None:
    error = b'{"error":{"message":"messages: required.","param":"messages"}}'
    status = "400 Bad Request\r\nDate: Sun, 01 Nov 2020 10:00:00 GMT"
    with scripted(answering(error, status=status, kind="application/json")) as url:
        found = only_finding(f"{url}/api/chat")
    assert "clocks" in found.fix


def test_its_database_is_not_migrated(service: Service) -> None:
    table = Diagnosis._meta.db_table
    _rename(table, "elsewhere")
    try:
        found = only_finding(f"{service.url}/api/chat")
    finally:
        _rename("elsewhere", table)
    assert "manage.py migrate" in found.fix


def _rename(table: str, other: str) -> None:
    with connection.schema_editor() as editor:
        editor.alter_db_table(Diagnosis, table, other)


def test_whoever_reads_it_has_enough() -> None:
    command = [sys.executable, BASE_DIR / "manage.py", "doctor"]
    popen = subprocess.Popen(
        [*command, f"http://127.0.0.1:{free_port()}/api/chat"],
        env={**os.environ, "DEBUG": "true"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert popen.stdout
    popen.stdout.close()
    _, said = popen.communicate(timeout=SECONDS)
    assert said.splitlines()[1:] == []
    assert popen.returncode == 141


def test_what_is_no_simulator_is_asked_once() -> None:
    bodies: list[bytes] = []
    completion = b'{"choices":[{"message":{"content":"What is sim:echo?"}}]}'
    script = answering(completion, kind="application/json")
    with scripted(script, bodies=bodies) as url:
        found = only_finding(f"{url}/api/chat", simulator=True)
    assert "not from the simulator" in found.fact
    assert len(bodies) == 1


@pytest.mark.parametrize(
    "words",
    [
        ["my.site/api/chat"],
        ["ftp://my.site/api/chat"],
        ["https://me:secret@my.site/api/chat"],
        ["https://my.site/api/chat", "--origin=https://my.site/page"],
        ["https://my.site/api/chat", "--silence=601"],
        ["https://my.site/api/chat", "--silence=long"],
        ["https://my.site/api/chat", "--header=Cookie"],
        ["https://my.site/api/chat", "--header=Cookie: a\r\nHost: b"],
        ["https://my.site/api/chat", "--header=Coo kie: a"],
    ],
    ids=str,
)
def test_what_cannot_be_asked_for(words: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("doctor", *words)


def test_an_authority_that_cannot_be_read_is_no_problem_found() -> None:
    with pytest.raises(CommandError) as raised:
        call_command("doctor", "https://my.site/api/chat", "--ca=/nowhere")
    assert raised.value.returncode == 2
