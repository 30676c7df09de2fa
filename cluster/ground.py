"""The whole of a cluster: two hosts, PostgreSQL, Redis, nginx and the simulator."""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from attacks.database import postgresql_source
from benchmarks.process import ROOT
from benchmarks.standin import API_KEY, StandIn, standing_in
from chat.tests import nginx
from chat.tests.access.redis_server import RedisServer
from chat.tests.ports import free_port
from cluster.host import Host, small_disk

# Enough that the trials do not fill it, and little to be filled on purpose.
MEGABYTES = 64
NAMES = ("a", "b")
SETTINGS = {
    "DEBUG": "false",
    "SECRET_KEY": "for-this-cluster-alone-" * 3,
    "ALLOWED_HOSTS": "127.0.0.1",
    "CSRF_TRUSTED_ORIGINS": "",
    "ZAI_API_KEY": f"trial-{API_KEY}",
    "ZAI_CONCURRENCY": "1000",
    "TRUSTED_PROXIES": "127.0.0.1",
    "CHAT_OPEN_BUDGET_USD_PER_DAY": "0",
    "CHAT_SHUTDOWN_GRACE_SECONDS": "10",
    "METRICS_ACCESS": "loopback",
    "LOG_LEVEL": "WARNING",
}
SITE = """
    listen 127.0.0.1:{port} backlog=1024;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host 127.0.0.1;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_connect_timeout 2s;
    proxy_next_upstream error timeout;
    proxy_next_upstream_tries 2;
    location / {{ proxy_pass http://zai_chat; proxy_buffering off; }}
"""


@dataclass
class Cluster:
    """`url` is nginx'; `database` is read beside the hosts."""

    hosts: dict[str, Host]
    database: Any
    redis: RedisServer
    standin: StandIn
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def is_well(self) -> bool:
        return all(host.is_ready() for host in self.hosts.values())


@contextlib.contextmanager
def standing(postgresql: str) -> Iterator[Cluster]:
    """Start all of it for as long as the block lasts, with a database of its own on the
    server `postgresql`. Raises CannotStart."""
    with contextlib.ExitStack() as stack:
        enter = stack.enter_context
        folder = Path(enter(TemporaryDirectory(ignore_cleanup_errors=True)))
        database = enter(postgresql_source(postgresql))()
        redis = RedisServer(folder)
        stack.callback(redis.end)
        standin = enter(standing_in(folder))
        hosts = {}
        for name in NAMES:
            host = hosts[name] = Host(name, folder / name, dict(SETTINGS))
            enter(small_disk(host.folder, MEGABYTES))
            host.connect(database.url, redis.url, standin.base_url)
            stack.callback(host.close)
            host.start()
        port = free_port()
        (folder / "nginx").mkdir()
        enter(nginx.running(folder / "nginx", _site(hosts, port), port))
        yield Cluster(hosts, database, redis, standin, port)


def _site(hosts: dict[str, Host], port: int) -> str:
    """Its upstream is that of deploy/nginx/several.conf."""
    text = (ROOT / "deploy/nginx/several.conf").read_text()
    found = re.search(r"^upstream .*?^}$", text, re.MULTILINE | re.DOTALL)
    assert found
    upstream = found[0]
    for number, host in enumerate(hosts.values(), 11):
        place = f"127.0.0.1:{host.wires['front'].port}"
        upstream = upstream.replace(f"10.0.0.{number}:8000", place)
    return upstream + "\nserver {" + SITE.format(port=port) + "}\n"
