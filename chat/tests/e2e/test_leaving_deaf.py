"""Leaving a Z.AI that takes part in nothing any more."""

import contextlib
import select
import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chat.exchange.register import open_exchanges
from chat.tests.e2e.certificate import Certificate
from chat.tests.e2e.raw_caller import RawCaller
from chat.tests.scripted_zai import answering, read_request
from chat.tests.serving import Service, point_at, service_for
from chat.tests.waiting import SECONDS, eventually

EVENT = (
    b'data: {"id":"1","created":1,"model":"m","choices":'
    b'[{"index":0,"delta":{"content":"Hi"}}]}\n\n'
)


@contextlib.contextmanager
def listening(settings: Any, scheme: str) -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(SECONDS)
        point_at(settings, f"{scheme}://127.0.0.1:{listener.getsockname()[1]}/v4")
        yield listener


@pytest.fixture
def deaf_zai(
    settings: Any, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[bytes], Any]]:
    """Over TLS: answers the one request it accepts, then does nothing at all."""
    monkeypatch.setenv("SSL_CERT_FILE", certificate.authority)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate.chain, certificate.key)
    with listening(settings, "https") as listener, contextlib.ExitStack() as stack:

        def accept(answer: bytes) -> socket.socket:
            connection = stack.enter_context(listener.accept()[0])
            connection.settimeout(SECONDS)
            secured = stack.enter_context(
                context.wrap_socket(connection, server_side=True)
            )
            read_request(secured)
            if answer:
                answering(answer)(secured)
            return secured

        yield accept


def hung_up(connection: socket.socket) -> bool:
    """Whether the other side closed the connection, seen below TLS."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLRDHUP)
    return bool(poll.poll(10_000))


def left_behind_nothing(service: Service) -> bool:
    assert service.ended().ending == "client_disconnected"
    eventually(lambda: not open_exchanges)
    return service.endings.empty()


@pytest.mark.parametrize("answer", [b"", EVENT])
@pytest.mark.parametrize("stream", [True, False])
def test_tls_is_not_shut_down_politely(
    deaf_zai: Any, answer: bytes, stream: bool
) -> None:
    with service_for() as service:
        with RawCaller(service.url) as caller:
            caller.ask(stream=stream)
            connection = deaf_zai(answer)
            if answer and stream:
                caller.read_until(b"Hi")
        assert hung_up(connection)
        assert left_behind_nothing(service)


def test_in_the_midst_of_the_tls_handshake(settings: Any) -> None:
    with listening(settings, "https") as listener, service_for() as service:
        with RawCaller(service.url) as caller:
            caller.ask()
            connection, _ = listener.accept()
        with connection:
            assert hung_up(connection)
            assert left_behind_nothing(service)


def test_while_connecting(settings: Any) -> None:
    with full_backlog(settings), service_for() as service:
        with RawCaller(service.url) as caller:
            caller.ask()
            eventually(lambda: open_exchanges)
        assert left_behind_nothing(service)


def test_a_connection_that_comes_not_about_is_given_up(settings: Any) -> None:
    settings.ZAI_CONNECT_TIMEOUT = 0.2
    settings.ZAI_MAX_TRIES = 2
    with full_backlog(settings), service_for() as service:
        response = service.post()
        assert response.status_code == 502
        assert response.json()["detail"] == "Z.AI cannot be reached."
        ended = service.ended()
        assert (ended.ending, ended.error_status) == ("upstream_failed", 502)
        assert ended.tries == 2


@contextlib.contextmanager
def full_backlog(settings: Any) -> Iterator[None]:
    """A Z.AI whose address drops every further attempt to connect."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        point_at(settings, f"http://127.0.0.1:{listener.getsockname()[1]}/v4")
        yield
