"""Java's HttpClient, which offers HTTP/2 (`Upgrade: h2c`) with its first request."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from chat.tests.e2e.process import COMMANDS, PYTHON, Process, started
from chat.tests.e2e.raw_caller import RawCaller
from chat.tests.serving import Service
from chat.tests.waiting import SECONDS, eventually
from chat.web.h2c import without_offer

pytestmark = pytest.mark.once

PROGRAM = Path(__file__).parent / "java" / "Ask.java"
RUNSERVER = (PYTHON, "manage.py", "runserver", "127.0.0.1:{port}", "--noreload")
QUESTION = {"messages": [{"role": "user", "content": "Hello"}], "stream": False}
BODY = json.dumps(QUESTION).encode()
HEAD = (
    b"POST /api/chat HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    b"Connection: Upgrade, HTTP2-Settings\r\nContent-Length: %d\r\n"
    b"HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n"
    b"Upgrade: h2c\r\nContent-Type: application/json\r\n\r\n"
) % len(BODY)


@pytest.fixture(params=["uvicorn", "gunicorn", "runserver"])
def process(
    request: pytest.FixtureRequest,
    zai: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Process]:
    monkeypatch.setitem(COMMANDS, "runserver", RUNSERVER)
    with started(tmp_path, request.param, ZAI_BASE_URL=zai.base_url) as running:
        eventually(lambda: is_live(running), 60)
        yield running


def is_live(process: Process) -> bool:
    try:
        url = f"{process.url}/health/live"
        return httpx.get(url, timeout=SECONDS, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def test_java_is_answered_at_every_door(process: Process) -> None:
    if not (java := shutil.which("java")):
        pytest.skip("there is no java here")
    doors = [process.url + path for path in ("/api/chat", "/v1/chat/completions")]

    done = subprocess.run(
        [java, str(PROGRAM), *doors], input=BODY, capture_output=True, timeout=120
    )

    assert done.returncode == 0, done.stderr.decode()
    answers = done.stdout.decode().splitlines()
    assert len(answers) == len(doors)
    for answer in answers:
        assert answer.startswith("200 ")
        said = json.loads(answer.removeprefix("200 "))
        assert said["choices"][0]["message"]["content"]
    assert "upgrade" not in process.output.lower()


def passed_on(data: bytes, size: int) -> bytes:
    """What the parser gets of a head that comes in pieces of `size`."""
    cut, sent = None, b""
    for at in range(0, len(data), size):
        piece, cut = without_offer(data[at : at + size], cut)
        sent += piece
        if cut is None:
            return sent + data[at + size :]
    return sent


@pytest.mark.parametrize("size", [*range(1, 40), 200, 10_000])
@pytest.mark.parametrize("body", [BODY, b"", b"{}\nup", b"\r\nUpgrade: h2c\r\n"])
def test_a_head_with_an_offer_may_be_cut_anywhere(size: int, body: bytes) -> None:
    expected = HEAD.replace(b"\nUpgrade:", b"\nx-offer:") + body
    assert passed_on(HEAD + body, size) == expected


@pytest.mark.parametrize("size", [1, 3, 7, 1_000])
@pytest.mark.parametrize(
    "data",
    [
        HEAD.replace(b"h2c", b"websocket") + BODY,
        HEAD.replace(b"Upgrade: h2c", b"X-Upgrade: h2c") + b"\n",
        b"GET / HTTP/1.1\r\n\r\n\r\nUpgrade: h2c\r\n\n",
    ],
)
def test_what_is_no_offer_stays_as_it_is(data: bytes, size: int) -> None:
    assert passed_on(data, size) == data


def test_a_connection_that_began_with_an_offer_goes_on(service: Service) -> None:
    with RawCaller(service.url) as caller:
        for _ in range(2):
            caller.received = b""
            caller.send(HEAD + BODY)
            caller.read_until(b'"usage"')
            assert caller.received.startswith(b"HTTP/1.1 200 ")
