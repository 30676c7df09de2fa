"""The service over real HTTP, from a thread of the test's process."""

import asyncio
import contextlib
import logging
import queue
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import uvicorn

from chat.tests.waiting import SECONDS
from config.asgi import application


class QuietServer(uvicorn.Server):
    """Says when it has started, and stops as soon as it is told to.

    uvicorn looks ten times a second whether it is to stop: tests by the thousand would
    wait for that.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        self.ready.set()

    async def main_loop(self) -> None:
        ticking = asyncio.create_task(super().main_loop())
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({ticking, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for task in (ticking, stopping):
            task.cancel()

    def stop(self) -> None:
        self.should_exit = True
        with contextlib.suppress(AttributeError, RuntimeError):  # not begun, or over
            self._loop.call_soon_threadsafe(self._stopping.set)


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
            server.stop()
            thread.join(SECONDS)


class Ended:
    """How a request ended, by the figures that the log has of it; None: not known."""

    def __init__(self, record: logging.LogRecord) -> None:
        figures = vars(record)
        self.line = record.getMessage()
        self.ending: str = figures["ending"]
        self.status: int | None = figures["status"]
        # What it would have been, where the caller was told something else before.
        self.error_status: int | None = figures.get("error_status", self.status)
        self.finish_reason: str | None = figures.get("finish_reason")
        self.answer: str | None = figures.get("answer")
        self.whose: str | None = figures.get("whose")
        self.events: int | None = figures.get("events")
        self.tries: int | None = figures.get("tries")
        self.prompt_tokens: int | None = figures.get("prompt_tokens")
        self.completion_tokens: int | None = figures.get("completion_tokens")

    def __repr__(self) -> str:
        return self.line


@dataclass
class Service:
    """The service under test, and what it logs of its exchanges."""

    url: str
    endings: "queue.Queue[Ended]" = field(default_factory=queue.Queue)

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

    def ended(self) -> Ended:
        """How the next request ended, as the log has it."""
        return self.endings.get(timeout=SECONDS)

    def line(self) -> str:
        """The same, in the log's words."""
        return self.ended().line


class Endings(logging.Handler):
    def __init__(self, endings: "queue.Queue[Ended]") -> None:
        super().__init__(logging.INFO)
        self.endings = endings

    def emit(self, record: logging.LogRecord) -> None:
        if hasattr(record, "ending"):
            self.endings.put(Ended(record))


@contextlib.contextmanager
def service_for(**options: Any) -> Iterator[Service]:
    logger = logging.getLogger("chat.exchange")
    with serving(**options) as url:
        service = Service(url)
        handler = Endings(service.endings)
        logger.addHandler(handler)
        try:
            yield service
        finally:
            logger.removeHandler(handler)


def point_at(settings: Any, base_url: str) -> None:
    settings.ZAI_API_KEY = "test-id.test-secret"
    settings.ZAI_BASE_URL = base_url
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    settings.CORS_ALLOWED_ORIGINS = ["https://site.example"]
