"""nginx in front of a service, as a test wants it."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.tests.e2e.certificate import Certificate
from chat.tests.nginx import PROGRAM, running
from chat.tests.ports import free_port

SERVER = """
server {{
    listen 127.0.0.1:{port}{tls};
    location / {{
        proxy_pass {upstream};
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        {further}
    }}
}}
"""


@contextlib.contextmanager
def nginx(
    folder: Path, upstream: str, further: str, certificate: Certificate | None = None
) -> Iterator[str]:
    """Serve `upstream` as `further` directives say; yields an address.

    With a certificate over TLS, and HTTP/2 for those who ask for it.
    """
    if not PROGRAM:
        pytest.skip("there is no nginx here")
    port = free_port()
    tls = _tls(certificate) if certificate else ""
    server = SERVER.format(port=port, tls=tls, upstream=upstream, further=further)
    with running(folder, server, port):
        yield f"http{'s' * bool(tls)}://127.0.0.1:{port}"


def _tls(certificate: Certificate) -> str:
    return (
        f" ssl http2; ssl_certificate {certificate.chain};"
        f" ssl_certificate_key {certificate.key}"
    )
