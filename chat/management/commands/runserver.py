"""`manage.py runserver`, but over ASGI: under WSGI Django holds a stream back whole."""

import atexit
import contextlib
import logging
import os
import socket
import sys
import threading
from pathlib import Path
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management.commands import runserver
from django.dispatch import receiver
from django.utils.autoreload import BaseReloader, autoreload_started
from django.utils.module_loading import import_string

from chat.exchange.register import open_exchanges
from config import dotenv, unusable

# Longer than Next.js keeps an idle connection, or it meets a closed one.
KEEP_ALIVE_SECONDS = 75
# Checks of which the service speaks when it starts, as under every server.
SAID_AT_THE_START = ["chat.W020", "chat.W025"]
# How long the last words may take when the autoreloader, or Ctrl-C, ends the process.
_LEAVING_SECONDS = 2


class Command(runserver.Command):
    help = "Starts a web server for development, over ASGI, with autoreload."

    default_addr = default_addr_ipv6 = settings.HOST
    default_port = str(settings.PORT)
    addr: str

    def handle(self, *args: Any, **options: Any) -> None:
        silenced = settings.SILENCED_SYSTEM_CHECKS
        settings.SILENCED_SYSTEM_CHECKS = [*silenced, *SAID_AT_THE_START]
        options["use_ipv6"] |= not options["addrport"] and ":" in settings.HOST
        super().handle(*args, **options)

    def inner_run(self, *args: Any, **options: Any) -> None:
        # The server is one of asyncio: a thread for each request is not its way.
        options["use_threading"] = False
        self.server_cls = UvicornServer  # type: ignore[assignment]
        super().inner_run(*args, **options)

    def check_migrations(self) -> None:
        """Leaves with a sentence where the database cannot be used."""
        if problem := unusable.find_problem():
            self.stderr.write(problem)
            os._exit(1)  # as for a port that is in use: this is no main thread
        super().check_migrations()

    def get_handler(self, *args: Any, **options: Any) -> Any:
        return import_string(settings.ASGI_APPLICATION)

    def on_bind(self, server_port: int) -> None:
        host = f"[{self.addr}]" if ":" in self.addr else self.addr
        local = {"0": "127.0.0.1", "0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104
        url = f"http://{local.get(host, host)}:{server_port}"
        page = "" if settings.CHAT_PAGE == "off" else f"  Page    {url}/\n"
        self.stdout.write(
            f"Django {self.get_version()}, settings {settings.SETTINGS_MODULE}, "
            f"listening on {host}:{server_port}\n"
            f"{page}"
            f"  Chat    {url}/api/chat\n"
            f"  Admin   {url}/admin/\n"
            f"  Health  {url}/health\n"
            "For a new password of the admin: "
            f"{_command()} changepassword admin\n"
            "Quit the server with Ctrl-C."
        )


class Server(uvicorn.Server):
    """Leaves at once; open exchanges say so to their callers."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        open_exchanges.interrupt_all()
        # It reports as errors that open requests were not waited for: they are not.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await super().shutdown(sockets)


class UvicornServer:
    """What Django's runserver asks of a server, with uvicorn inside."""

    def __init__(
        self, address: tuple[str, int], _handler: object, ipv6: bool = False
    ) -> None:
        family = socket.AF_INET6 if ipv6 else socket.AF_INET
        self._socket = socket.create_server(address, family=family, backlog=2048)
        self.server_port = self._socket.getsockname()[1]

    def set_app(self, application: Any) -> None:
        self._server = Server(
            uvicorn.Config(
                application,
                lifespan="on",
                log_config=None,  # Django's LOGGING has configured it
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=0,
            )
        )

    def serve_forever(self) -> None:
        # Its lines on starting and stopping say nothing that the banner does not.
        logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
        if threading.current_thread() is not threading.main_thread():
            atexit.register(self._leave, threading.current_thread())
        self._server.run(sockets=[self._socket])

    def _leave(self, thread: threading.Thread) -> None:
        """The autoreloader just ends the process: open exchanges end before it does."""
        self._server.should_exit = True
        with contextlib.suppress(KeyboardInterrupt):  # a second Ctrl-C does not wait
            thread.join(_LEAVING_SECONDS)


def _command() -> str:
    """Return what is typed here to run another command."""
    name = Path(sys.argv[0]).name
    if name != "manage.py":
        return name
    python, here = Path(sys.executable), Path.cwd()
    return f"{python.relative_to(here) if here in python.parents else python} manage.py"


@receiver(autoreload_started)
def watch_dotenv(sender: BaseReloader, **_: Any) -> None:
    sender.extra_files.add(dotenv.PATH)
