"""Serving a simulator with uvicorn: in the foreground, or beside a test."""

import asyncio
import contextlib
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from .app import Simulator, create_app
from .options import Options

_API_PATH = "/api/paas/v4"


class Server(uvicorn.Server):
    """Says when it has started; hangs up on open streams when it stops."""

    def __init__(
        self, simulator: Simulator, options: Options, log_level: str | None = None
    ) -> None:
        super().__init__(_config(simulator, options, log_level))
        # What is wrong with a certificate is to be raised here, not in a thread.
        self.config.load()
        self.config.http_protocol_class = _unlogged_protocol  # type: ignore[assignment]
        self._simulator = simulator
        self.ready = threading.Event()

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            super().run(sockets)
        finally:
            # Nobody is to wait for a server that could not start.
            self.ready.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._simulator.hang_up()
        await super().shutdown(sockets)


class Running:
    """A simulator that is being served; its state is read without a request."""

    def __init__(self, simulator: Simulator, url: str) -> None:
        self._simulator = simulator
        self.url = url
        self.base_url = url + _API_PATH

    def state(self) -> dict[str, Any]:
        return self._simulator.ledger.state()

    def wait(
        self, until: Callable[[dict[str, Any]], bool], timeout: float = 10.0
    ) -> dict[str, Any]:
        """The state as soon as a request's begin or end has made it as wished.

        Raise TimeoutError if nothing does in so many seconds.
        """
        changed = self._simulator.ledger.changed
        with changed:
            if not changed.wait_for(lambda: until(self.state()), timeout):
                raise TimeoutError(f"The simulator's state stayed {self.state()}")
            return self.state()

    def reset(self) -> None:
        self._simulator.reset()

    def limit(self, words: str) -> None:
        """Set another `Options.concurrency`, from now on and until `reset`."""
        self._simulator.limit(words)


@contextlib.contextmanager
def running(options: Options | None = None, port: int = 0) -> Iterator[Running]:
    """Serve a simulator from a thread until the block is left.

    It takes a free port unless one is given, whatever the options say.
    """
    options = options or Options(speed=0)
    simulator = create_app(options)
    with _listener(options, port) as listener:
        server = Server(simulator, options)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            server.ready.wait()
            yield Running(simulator, _url(options, listener.getsockname()[1]))
        finally:
            server.should_exit = True
            thread.join()


def serve(options: Options) -> None:
    """Serve a simulator in the foreground until it is interrupted.

    Raise ValueError for a scenario there is none of, OSError for a port or a
    certificate that cannot be used.
    """
    logging.getLogger(__package__).setLevel(options.log_level.upper())
    server = Server(create_app(options), options, options.log_level)
    with _listener(options, options.port) as listener:
        server.run([listener])


def base_url(options: Options) -> str:
    """What ZAI_BASE_URL has to be for a simulator with these options."""
    return _url(options, options.port) + _API_PATH


def _listener(options: Options, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    return socket.create_server((options.host, port), family=family, backlog=2048)


def _url(options: Options, port: int) -> str:
    scheme = "https" if options.certfile else "http"
    host = f"[{options.host}]" if ":" in options.host else options.host
    return f"{scheme}://{host}:{port}"


def _unlogged_protocol(*args: Any, **given: Any) -> asyncio.Protocol:
    """A connection without access log.

    uvicorn's own option for that takes the handlers from a logger that every uvicorn
    in this process shares.
    """
    protocol = AutoHTTPProtocol(*args, **given)
    protocol.access_log = False  # type: ignore[attr-defined]
    return protocol


def _config(
    simulator: Simulator, options: Options, log_level: str | None
) -> uvicorn.Config:
    return uvicorn.Config(
        simulator,
        host=options.host,
        port=options.port,
        ssl_certfile=options.certfile,
        ssl_keyfile=options.keyfile,
        log_level=log_level,
        # The program around it has its own logging.
        log_config=None,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        ws="none",
        timeout_keep_alive=75,
    )
