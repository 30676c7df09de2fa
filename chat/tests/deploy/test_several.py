"""deploy/nginx/several.conf, in a real nginx, before two machines; one fails."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from chat.tests.development import BASE_DIR
from chat.tests.e2e.certificate import Certificate, certificate
from chat.tests.nginx import PROGRAM, running
from chat.tests.ports import free_port
from chat.tests.serving import Service
from chat.tests.waiting import SECONDS

__all__ = ["certificate"]

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(not PROGRAM, reason="there is no nginx here"),
]
HELLO = {"messages": [{"role": "user", "content": "Hello"}], "stream": False}


class Failing:
    """A machine that takes a whole request, and breaks off without an answer."""

    def __init__(self) -> None:
        self.asked = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.place = f"127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                if connection.recv(65536):
                    self.asked += 1

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@contextmanager
def site(folder: Path, certificate: Certificate, *places: str) -> Iterator[str]:
    plain, secure = free_port(), free_port()
    text = (BASE_DIR / "deploy/nginx/several.conf").read_text()
    for found, wanted in {
        "10.0.0.11:8000": places[0],
        "10.0.0.12:8000": places[1],
        "listen 80": f"listen 127.0.0.1:{plain}",
        "listen [::]:80": f"listen [::1]:{plain}",
        "listen 443": f"listen 127.0.0.1:{secure}",
        "listen [::]:443": f"listen [::1]:{secure}",
        "/etc/ssl/certs/chat.example.com.pem": certificate.chain,
        "/etc/ssl/private/chat.example.com.key": certificate.key,
        "proxy_set_header Host $host": "proxy_set_header Host 127.0.0.1",
    }.items():
        assert found in text, found
        text = text.replace(found, wanted)
    with running(folder, text, plain, secure):
        yield f"https://127.0.0.1:{secure}"


@pytest.fixture
def caller(certificate: Certificate) -> Iterator[httpx.Client]:
    trusted = ssl.create_default_context(cafile=certificate.authority)
    with httpx.Client(verify=trusted, trust_env=False, timeout=SECONDS) as client:
        yield client


def test_who_is_gone_is_passed_over(
    service: Service, certificate: Certificate, tmp_path: Path, caller: httpx.Client
) -> None:
    place, nobody = urlsplit(service.url).netloc, f"127.0.0.1:{free_port()}"
    with site(tmp_path, certificate, nobody, place) as url:
        for _ in range(6):
            answer = caller.post(f"{url}/api/chat", json=HELLO)
            assert answer.status_code == 200, answer.text
        assert caller.get(f"{url}/metrics").status_code == 404


def test_what_was_sent_to_one_is_not_sent_to_another(
    service: Service, certificate: Certificate, tmp_path: Path, caller: httpx.Client
) -> None:
    """Z.AI would be asked, and paid, twice. What only looks is asked again."""
    failing = Failing()
    place = urlsplit(service.url).netloc
    try:
        with site(tmp_path, certificate, failing.place, place) as url:
            statuses = [
                caller.post(f"{url}/api/chat", json=HELLO).status_code for _ in range(6)
            ]
            asked = failing.asked
            assert 1 <= asked <= 2  # then it is left alone
            assert statuses.count(502) == asked
            assert statuses.count(200) == len(statuses) - asked
        with site(tmp_path, certificate, failing.place, place) as url:
            looks = [caller.get(f"{url}/health/live").status_code for _ in range(6)]
            assert looks == [200] * 6 and failing.asked > asked
    finally:
        failing.close()
