"""A wire passes on, refuses, and falls silent."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from cluster.wire import State, Wire

pytestmark = pytest.mark.once


@pytest.fixture
def echo() -> Iterator[int]:
    """A port that says again what it hears."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=repeat, args=(connection,)).start()

        def repeat(connection: socket.socket) -> None:
            with connection, contextlib.suppress(ConnectionResetError):
                while data := connection.recv(100):
                    connection.sendall(data)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(10)


@pytest.fixture
def wire(echo: int) -> Iterator[Wire]:
    made = Wire(echo)
    yield made
    made.close()


def connect(wire: Wire) -> socket.socket:
    return socket.create_connection(("127.0.0.1", wire.port), timeout=20)


def hears_itself(caller: socket.socket) -> bool:
    caller.sendall(b"hello")
    return caller.recv(100) == b"hello"


def test_it_passes_on_both_ways(wire: Wire) -> None:
    with connect(wire) as caller:
        assert hears_itself(caller)


def test_cut_it_resets_and_refuses(wire: Wire) -> None:
    with connect(wire) as caller:
        assert hears_itself(caller)
        wire.set(State.CUT)
        with pytest.raises(ConnectionResetError):
            caller.recv(100)
    with pytest.raises(ConnectionRefusedError):
        connect(wire)
    wire.set(State.ON)
    with connect(wire) as caller:
        assert hears_itself(caller)


def test_silent_nothing_arrives_and_nobody_is_told(wire: Wire) -> None:
    with connect(wire) as caller:
        assert hears_itself(caller)
        wire.set(State.SILENT)
        caller.sendall(b"hello")
        caller.settimeout(0.3)
        with pytest.raises(TimeoutError):
            caller.recv(100)
        caller.settimeout(20)
        wire.set(State.ON)
        with pytest.raises(ConnectionResetError):
            caller.recv(100)


def test_silent_it_does_not_tell_of_an_end_either(wire: Wire) -> None:
    wire.set(State.SILENT)
    with connect(wire) as early:
        early.sendall(b"hello")
        early.shutdown(socket.SHUT_WR)  # the echo ends by that
        early.settimeout(0.3)
        with pytest.raises(TimeoutError):
            early.recv(100)


def test_two_wires_have_one_port_at_two_addresses(echo: int) -> None:
    first = Wire(echo)
    second = Wire(echo, address="127.0.0.2", port=first.port)
    try:
        first.set(State.CUT)
        place = ("127.0.0.2", first.port)
        with socket.create_connection(place, timeout=20) as caller:
            assert hears_itself(caller)
    finally:
        first.close()
        second.close()
