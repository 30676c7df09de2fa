"""nginx with deploy/nginx.conf itself, but for its ports, certificate and upstream."""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from chat.tests.e2e.certificate import Certificate
from chat.tests.nginx import PROGRAM, deployed, running
from chat.tests.ports import free_port

# What may stand in the main nginx.conf: it compresses, and is less patient than nginx.
AROUND = """
proxy_read_timeout 1s;
gzip on; gzip_proxied any; gzip_min_length 1; gzip_types *;
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
    place, files = urlsplit(upstream).netloc, (certificate.chain, certificate.key)
    text = deployed(place, plain, secure, *files)
    for name, value in instead.items():
        text, times = re.subn(rf"{name}\b[^;]*;", f"{name} {value};", text)
        assert times, name
    with running(folder, AROUND + text, plain, secure):
        yield Site(f"http://127.0.0.1:{plain}", f"https://127.0.0.1:{secure}")
