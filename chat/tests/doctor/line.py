"""A proxy of bytes, with the faults that proxies have."""

import contextlib
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from chat.tests.waiting import SECONDS

FOREVER = 60.0


@dataclass(frozen=True)
class Faults:
    """`cut_after` seconds of silence; `deaf` to callers who leave; `change`s what the
    service answers; `holds` a stream back until it is over or has so many bytes."""

    cut_after: float = FOREVER
    deaf: bool = False
    change: Callable[[bytes], bytes] = bytes
    holds: int = 0


@contextlib.contextmanager
def line(upstream: str, faults: Faults) -> Iterator[str]:
    address = urlsplit(upstream)
    stopping = threading.Event()
    threads: list[threading.Thread] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            while True:
                caller, _ = listener.accept()
                if stopping.is_set():
                    caller.close()
                    return
                service = socket.create_connection((address.hostname, address.port))
                thread = threading.Thread(
                    target=_carry, args=(caller, service, faults, stopping)
                )
                threads.append(thread)
                thread.start()

        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            stopping.set()
            socket.create_connection(listener.getsockname()).close()
            for thread in [accepting, *threads]:
                thread.join(SECONDS)


def _carry(
    caller: socket.socket,
    service: socket.socket,
    faults: Faults,
    stopping: threading.Event,
) -> None:
    """Both ways, until one end closes, or the service says nothing for too long."""
    for end in (caller, service):
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    ends, held, quiet_since = {caller, service}, b"", time.monotonic()
    with caller, service, contextlib.suppress(ConnectionError):
        while not stopping.is_set():
            readable, _, _ = select.select(ends, [], [], 0.05)
            if time.monotonic() - quiet_since > faults.cut_after:
                return
            if caller in readable:
                if data := caller.recv(65536):
                    quiet_since = time.monotonic()
                    service.sendall(data)
                elif faults.deaf:
                    ends.discard(caller)
                else:
                    return
            if service in readable:
                data = service.recv(65536)
                quiet_since = time.monotonic()
                held += faults.change(data)
                if not data or len(held) >= faults.holds or _is_over(held):
                    with contextlib.suppress(ConnectionError):  # it may have left
                        caller.sendall(held)
                    held = b""
                if not data:
                    return


def _is_over(held: bytes) -> bool:
    return b"text/event-stream" not in held or held.endswith(b"0\r\n\r\n")
