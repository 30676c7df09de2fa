"""The real parts, started for a test: the simulator, scripted servers, the service."""

import contextlib
import logging
import queue
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import uvicorn

from chat.simulator import Options, running
from config.asgi import application

SECONDS = 20.0  # no wait of a test is longer


class QuietServer(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@contextlib.contextmanager
def serving(app: Any = application, port: int = 0, **options: Any) -> Iterator[str]:
    """Serve an ASGI application from a thread; yields its address."""
    with socket.create_server(("127.0.0.1", port), backlog=1024) as listener:
        config = uvicorn.Config(
            app,
            log_config=None,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=5,
            **{"lifespan": "on", **options},
        )
        server = QuietServer(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            assert server.ready.wait(SECONDS)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(SECONDS)


@dataclass
class Service:
    """The service under test, and what it logs of its exchanges."""

    url: str
    lines: "queue.Queue[str]" = field(default_factory=queue.Queue)

    def post(self, text: str = "Hello", **body: Any) -> httpx.Response:
        return self.send({"messages": [{"role": "user", "content": text}], **body})

    def send(self, body: Any, **options: Any) -> httpx.Response:
        return httpx.post(
            f"{self.url}/api/chat",
            json=body,
            timeout=SECONDS,
            trust_env=False,
            **options,
        )

    @contextlib.contextmanager
    def stream(self, text: str = "Hello", **body: Any) -> Iterator[httpx.Response]:
        """An answer to read piece by piece; leaving the block leaves the service."""
        asked = {"messages": [{"role": "user", "content": text}], **body}
        with (
            httpx.Client(timeout=SECONDS, trust_env=False) as client,
            client.stream("POST", f"{self.url}/api/chat", json=asked) as response,
        ):
            yield response

    def line(self) -> str:
        """The next line the log has on how an exchange ended."""
        return self.lines.get(timeout=SECONDS)


class Lines(logging.Handler):
    def __init__(self, lines: "queue.Queue[str]") -> None:
        super().__init__(logging.INFO)
        self.lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        if " status=" in (line := record.getMessage()):
            self.lines.put(line)


@contextlib.contextmanager
def service_for(**options: Any) -> Iterator[Service]:
    logger = logging.getLogger("chat.exchange")
    with serving(**options) as url:
        service = Service(url)
        handler = Lines(service.lines)
        logger.addHandler(handler)
        try:
            yield service
        finally:
            logger.removeHandler(handler)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A service writes its log from a thread: it needs a database that commits."""
    for item in items:
        module = getattr(item, "module", None)
        if "service" in getattr(item, "fixturenames", ()) or hasattr(
            module, "service_for"
        ):
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(autouse=True)
def _spool(settings: Any, tmp_path: Path) -> None:
    settings.CHAT_SPOOL_DIR = str(tmp_path / "spool")


@pytest.fixture(scope="session")
def _simulator() -> Iterator[Any]:
    with running(Options(speed=0)) as simulator:
        yield simulator


@pytest.fixture
def zai(_simulator: Any, settings: Any) -> Any:
    """Z.AI, as far as the service can tell."""
    _simulator.reset()
    point_at(settings, _simulator.base_url)
    return _simulator


@pytest.fixture
def service(zai: Any, settings: Any) -> Iterator[Service]:
    """The service over real HTTP, on the simulator."""
    with service_for() as running_service:
        yield running_service


def point_at(settings: Any, base_url: str) -> None:
    settings.ZAI_API_KEY = "test-id.test-secret"
    settings.ZAI_BASE_URL = base_url
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    settings.CORS_ALLOWED_ORIGINS = ["https://site.example"]


def frames(body: bytes) -> list[Any]:
    """The JSON of every `data:` frame of an answer."""
    return [
        msgspec.json.decode(frame.removeprefix(b"data: "))
        for frame in body.split(b"\n\n")
        if frame.startswith(b"data: ")
    ]


def text_of(body: bytes) -> str:
    """The words of an answer, reasoning apart."""
    return "".join(
        frame["choices"][0]["delta"].get("content") or ""
        for frame in frames(body)
        if frame.get("choices")
    )


DONE = {"data": "[DONE]"}

Script = Callable[[socket.socket], None]


@contextlib.contextmanager
def scripted(*scripts: Script, bodies: list[bytes] | None = None) -> Iterator[str]:
    """A Z.AI whose n-th connection plays the n-th script; the last one from then on.

    A script gets the socket after the request was read, its body going to `bodies`;
    yields the base URL.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threads: list[threading.Thread] = []
        stopping = threading.Event()

        def accept() -> None:
            number = 0
            while True:
                connection, _ = listener.accept()
                if stopping.is_set():
                    connection.close()
                    return
                script = scripts[min(number, len(scripts) - 1)]
                number += 1
                thread = threading.Thread(
                    target=_play, args=(connection, script, bodies)
                )
                threads.append(thread)
                thread.start()

        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/v4"
        finally:
            stopping.set()
            socket.create_connection(listener.getsockname()).close()
            accepting.join(SECONDS)
            for thread in threads:
                thread.join(SECONDS)


def _play(
    connection: socket.socket, script: Script, bodies: list[bytes] | None
) -> None:
    with connection, contextlib.suppress(OSError):
        connection.settimeout(SECONDS)
        if (body := read_request(connection)) is not None:
            if bodies is not None:
                bodies.append(body)
            script(connection)


def read_request(connection: socket.socket) -> bytes | None:
    """Read one HTTP request; its body, or None if the connection was closed."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (more := connection.recv(65536)):
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1])
        for line in head.lower().split(b"\r\n")
        if line.startswith(b"content-length:")
    )
    while len(body) < length:
        if not (more := connection.recv(65536)):
            return None
        body += more
    return body


def answering(
    *parts: bytes, status: str = "200 OK", kind: str = "text/event-stream"
) -> Script:
    """A script that sends `parts`, one packet each, and closes the connection."""

    def play(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode())
        for part in parts:
            connection.sendall(part)

    return play
