"""Ways for a database to be away: cut off, hanging, refusing, locked."""

import contextlib
import select
import socket
import sqlite3
import threading
from collections.abc import Iterator

from django.db import connection


class Forwarder:
    """Stands between a service and PostgreSQL; `cut`, `hang` and `restore` it."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._mode = "on"
        self._pairs: dict[socket.socket, socket.socket] = {}
        self._wake, self._waker = socket.socketpair()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def cut(self) -> None:
        self._set("cut")

    def hang(self) -> None:
        self._set("hang")

    def restore(self) -> None:
        self._set("on")

    def close(self) -> None:
        self._set("over")
        self._thread.join()

    def _set(self, mode: str) -> None:
        self._mode = mode
        with contextlib.suppress(OSError):  # it may have seen the end by itself
            self._waker.send(b"x")

    def _run(self) -> None:
        while self._mode != "over":
            flowing = list(self._pairs) if self._mode == "on" else []
            ready, _, _ = select.select([self._wake, self._listener, *flowing], [], [])
            if self._wake in ready:
                self._wake.recv(1)
                if self._mode != "hang":
                    self._drop_all()
                continue
            for one in ready:
                self._accept() if one is self._listener else self._pass_on(one)
        self._drop_all()
        for one in (self._listener, self._wake, self._waker):
            one.close()

    def _accept(self) -> None:
        caller, _ = self._listener.accept()
        if self._mode == "cut":
            caller.close()
            return
        # While hanging it is accepted, and then nothing happens.
        server = socket.create_connection(self._target)
        self._pairs |= {caller: server, server: caller}

    def _pass_on(self, one: socket.socket) -> None:
        if (other := self._pairs.get(one)) is None:
            return
        try:
            data = one.recv(65536)
            other.sendall(data)
        except OSError:
            data = b""
        if not data:
            for end in (one, other):
                self._pairs.pop(end, None)
                end.close()

    def _drop_all(self) -> None:
        # What hung is lost: its caller has given it up, or will now.
        for one in list(self._pairs):
            one.close()
        self._pairs.clear()


@contextlib.contextmanager
def forwarding() -> Iterator[Forwarder]:
    given = connection.settings_dict
    target = (given["HOST"] or "127.0.0.1", int(given["PORT"] or 5432))
    forwarder = Forwarder(target)
    try:
        yield forwarder
    finally:
        forwarder.close()


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """SQLite, held by another connection's exclusive transaction."""
    with contextlib.closing(
        sqlite3.connect(connection.settings_dict["NAME"], timeout=20)
    ) as other:
        other.isolation_level = None
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")
