"""nginx, as whoever runs the tests, in front of a service."""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.tests.e2e.certificate import Certificate
from chat.tests.ports import free_port, listens
from chat.tests.waiting import eventually

PROGRAM = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin") or ""
CONFIGURATION = """
daemon off;
pid {folder}/nginx.pid;
error_log stderr warn;
worker_processes 1;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port}{tls};
        location / {{
            proxy_pass {upstream};
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            {further}
        }}
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
    port, file = free_port(), folder / "nginx.conf"
    tls = _tls(certificate) if certificate else ""
    file.write_text(
        CONFIGURATION.format(
            folder=folder, port=port, tls=tls, upstream=upstream, further=further
        )
    )
    process = subprocess.Popen([PROGRAM, "-p", str(folder), "-c", str(file)])
    try:
        eventually(lambda: listens(port) or process.poll() is not None)
        assert process.poll() is None
        yield f"http{'s' * bool(tls)}://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def _tls(certificate: Certificate) -> str:
    return (
        f" ssl http2; ssl_certificate {certificate.chain};"
        f" ssl_certificate_key {certificate.key}"
    )
