"""nginx, started by whoever runs the tests: as a test wants it, or as we deploy it."""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from chat.tests.development import BASE_DIR
from chat.tests.ports import listens
from chat.tests.waiting import eventually

PROGRAM = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin") or ""
MAIN = """
daemon off;
pid {folder}/nginx.pid;
error_log stderr crit;
worker_processes 1;
events {{ worker_connections {connections}; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {directives}
}}
"""


@contextlib.contextmanager
def running(
    folder: Path, directives: str, *ports: int, connections: int = 256
) -> Iterator[None]:
    """Run it with `directives` of its `http` block, which listen on `ports`; it takes
    so many `connections`, those to others too."""
    file = folder / "nginx.conf"
    named = {"folder": folder, "directives": directives, "connections": connections}
    file.write_text(MAIN.format(**named))
    process = subprocess.Popen([PROGRAM, "-p", str(folder), "-c", str(file)])
    try:
        eventually(lambda: all(map(listens, ports)) or process.poll() is not None)
        assert process.poll() is None, "nginx has ended"
        yield
    finally:
        process.terminate()
        process.wait(20)


def deployed(upstream: str, plain: int, secure: int, chain: str, key: str) -> str:
    """The directives of deploy/nginx.conf, but for the place of the service, the ports,
    the files of a certificate, and the host, for the service goes by its address."""
    text = (BASE_DIR / "deploy" / "nginx.conf").read_text()
    for found, wanted in {
        "127.0.0.1:8000": upstream,
        "listen 80": f"listen 127.0.0.1:{plain}",
        "listen [::]:80": f"listen [::1]:{plain}",
        "listen 443": f"listen 127.0.0.1:{secure}",
        "listen [::]:443": f"listen [::1]:{secure}",
        "/etc/ssl/certs/chat.example.com.pem": chain,
        "/etc/ssl/private/chat.example.com.key": key,
        "proxy_set_header Host $host": "proxy_set_header Host 127.0.0.1",
    }.items():
        assert found in text, found
        text = text.replace(found, wanted)
    return text
