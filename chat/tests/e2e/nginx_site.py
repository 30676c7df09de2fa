"""nginx with deploy/nginx.conf itself, but for its ports, certificate and upstream."""

import contextlib
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from chat.tests.development import BASE_DIR
from chat.tests.doctor.nginx import PROGRAM
from chat.tests.e2e.certificate import Certificate
from chat.tests.ports import free_port, listens
from chat.tests.waiting import eventually

# What may stand in the main nginx.conf: it compresses, and is less patient than nginx.
MAIN = """
daemon off;
pid {folder}/nginx.pid;
error_log stderr crit;
worker_processes 1;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    proxy_read_timeout 1s;
    gzip on; gzip_proxied any; gzip_min_length 1; gzip_types *;
    include {folder}/site.conf;
}}
"""


@dataclass
class Site:
    plain: str
    secure: str


@contextlib.contextmanager
def site(
    folder: Path, upstream: str, certificate: Certificate, **instead: str
) -> Iterator[Site]:
    """Serve `upstream` as the file says; `instead` has other values for directives."""
    if not PROGRAM:
        pytest.skip("there is no nginx here")
    plain, secure = free_port(), free_port()
    text = (BASE_DIR / "deploy" / "nginx.conf").read_text()
    for found, wanted in {
        "127.0.0.1:8000": urlsplit(upstream).netloc,
        "listen 80": f"listen 127.0.0.1:{plain}",
        "listen [::]:80": f"listen [::1]:{plain}",
        "listen 443": f"listen 127.0.0.1:{secure}",
        "listen [::]:443": f"listen [::1]:{secure}",
        "/etc/ssl/certs/chat.example.com.pem": certificate.chain,
        "/etc/ssl/private/chat.example.com.key": certificate.key,
        "proxy_set_header Host $host": "proxy_set_header Host 127.0.0.1",
    }.items():
        assert found in text, found
        text = text.replace(found, wanted)
    for name, value in instead.items():
        text, times = re.subn(rf"{name}\b[^;]*;", f"{name} {value};", text)
        assert times, name
    (folder / "site.conf").write_text(text)
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder))
    process = subprocess.Popen(
        [PROGRAM, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    )
    try:
        eventually(lambda: listens(secure) or process.poll() is not None)
        assert process.poll() is None
        yield Site(f"http://127.0.0.1:{plain}", f"https://127.0.0.1:{secure}")
    finally:
        process.terminate()
        process.wait(20)
