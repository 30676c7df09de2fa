"""The whole of a cluster: two hosts, PostgreSQL, Redis, nginx and the simulator."""

import contextlib
import os
import re
import signal
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

from attacks.database import POSTGRESQL_URL, postgresql_source
from benchmarks.process import ROOT
from benchmarks.standin import API_KEY, StandIn, standing_in
from chat.tests import nginx
from chat.tests.access.redis_server import RedisServer
from chat.tests.ports import free_port
from cluster.disk import Disk
from cluster.host import Host
from cluster.names import Names
from cluster.postgresql import NAME as DATABASE
from cluster.postgresql import Server, Servers, find_programs

# Enough that the trials do not fill it, and little to be filled on purpose.
MEGABYTES = 64
NAMES = ("a", "b")
# Of nginx: two of a stream.
CONNECTIONS = 16_000
# Within which it goes by its file, when it is told to.
SECONDS_TO_READ = 1.0
# A model of which few are answered at a time, by all together.
SLOTTED, SLOTS = "glm-4.5-air", 6
SETTINGS = {
    "DEBUG": "false",
    "SECRET_KEY": "for-this-cluster-alone-" * 3,
    "ALLOWED_HOSTS": "127.0.0.1",
    "CSRF_TRUSTED_ORIGINS": "",
    "ZAI_API_KEY": f"trial-{API_KEY}",
    "ZAI_CONCURRENCY": f"{SLOTTED}={SLOTS},1000",
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
    location / {{ proxy_pass http://{name}; proxy_buffering off; }}
"""


@dataclass
class Cluster:
    """`url` is nginx', and `alone` its port to the host a alone; `database` is read
    beside the hosts; `servers` are PostgreSQL's where the cluster has its own."""

    folder: Path
    hosts: dict[str, Host]
    database: Any
    servers: Servers | None
    redis: RedisServer
    standin: StandIn
    port: int
    alone: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def is_well(self) -> bool:
        return all(host.is_well() for host in self.hosts.values())

    def take_out(self, host: Host, is_out: bool = True) -> None:
        """Have nginx ask the others, or this one again; what is open is not touched."""
        server = f"server 127.0.0.1:{host.front}"
        file = self.folder / "nginx/nginx.conf"
        text = file.read_text().replace(f"{server} down", server)
        file.write_text(text.replace(server, f"{server} down") if is_out else text)
        os.kill(int((self.folder / "nginx/nginx.pid").read_text()), signal.SIGHUP)
        time.sleep(SECONDS_TO_READ)

    def move_database(self, to: Server) -> None:
        """Have its name lead to `to` everywhere."""
        self.database.url = to.place_of(DATABASE)
        for host in self.hosts.values():
            host.move_database(to.port)


@contextlib.contextmanager
def standing(
    postgresql: str | None = None,
    *,
    is_wired: bool = True,
    further: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Cluster]:
    """Start all of it for as long as the block lasts, with a database of its own: on
    the server `postgresql`, or on one of its own where that can be. `further` are
    settings of the hosts. Raises CannotStart."""
    with contextlib.ExitStack() as stack:
        enter = stack.enter_context
        folder = Path(enter(TemporaryDirectory(ignore_cleanup_errors=True)))
        servers: Servers | None = None
        if postgresql is None and (programs := find_programs()):
            servers = Servers(programs, Path(enter(TemporaryDirectory())))
            stack.callback(servers.end)
            database = servers.make_database()
        else:
            database = enter(postgresql_source(postgresql or POSTGRESQL_URL))()
        redis = RedisServer(folder)
        stack.callback(redis.end)
        standin = enter(standing_in(folder))
        hosts = {}
        for name in NAMES:
            host = hosts[name] = _host(name, folder / name)
            host.is_wired = is_wired
            host.settings |= further
            stack.callback(host.disk.close)
            host.connect(database.url, redis.url, standin.base_url)
            stack.callback(host.close)
            host.start()
        port, alone = free_port(), free_port()
        (folder / "nginx").mkdir()
        sites = _site(hosts, port) + _site({"a": hosts["a"]}, alone, "alone")
        ports = (port, alone)
        enter(nginx.running(folder / "nginx", sites, *ports, connections=CONNECTIONS))
        yield Cluster(folder, hosts, database, servers, redis, standin, port, alone)


def _host(name: str, folder: Path) -> Host:
    disk = Disk(folder, MEGABYTES)
    names = Names(folder / "hosts") if Names.may_be_had() else None
    return Host(name, folder, dict(SETTINGS), disk, names)


def _site(hosts: dict[str, Host], port: int, name: str = "zai_chat") -> str:
    """Its upstream is that of deploy/nginx/several.conf."""
    text = (ROOT / "deploy/nginx/several.conf").read_text()
    found = re.search(r"^upstream .*?^}$", text, re.MULTILINE | re.DOTALL)
    assert found
    upstream = found[0].replace("zai_chat", name)
    for number, host in enumerate(hosts.values(), 11):
        upstream = upstream.replace(f"10.0.0.{number}:8000", f"127.0.0.1:{host.front}")
    upstream = re.sub(r"^ *server 10\..*\n", "", upstream, flags=re.MULTILINE)
    return upstream + "\nserver {" + SITE.format(port=port, name=name) + "}\n"
