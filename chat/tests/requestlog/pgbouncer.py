"""PgBouncer in transaction mode, as whoever runs the tests, in front of PostgreSQL."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from chat.tests.ports import free_port, listens
from chat.tests.waiting import eventually

PROGRAM = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin") or ""
SERVER_CONNECTIONS = 2
CONFIGURATION = """
[databases]
* = host={host} port={server_port} user={user}{password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {connections}
max_client_conn = 100
logfile = {folder}/pgbouncer.log
"""


@contextlib.contextmanager
def pgbouncer() -> Iterator[int]:
    """Yields the port at which it lends few connections of the server to many."""
    if not PROGRAM:
        pytest.skip("there is no PgBouncer here")
    with tempfile.TemporaryDirectory() as folder:
        yield from _serve(Path(folder))


def _serve(folder: Path) -> Iterator[int]:
    given, port = connection.settings_dict, free_port()
    file = folder / "pgbouncer.ini"
    password = f" password={given['PASSWORD']}" if given["PASSWORD"] else ""
    file.write_text(
        CONFIGURATION.format(
            host=given["HOST"] or "127.0.0.1",
            server_port=given["PORT"] or 5432,
            user=given["USER"],
            password=password,
            port=port,
            connections=SERVER_CONNECTIONS,
            folder=folder,
        )
    )
    process = subprocess.Popen([PROGRAM, "--quiet", *_as_somebody(folder), str(file)])
    try:
        eventually(lambda: listens(port) or process.poll() is not None)
        assert process.poll() is None
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _as_somebody(folder: Path) -> list[str]:
    """PgBouncer does not run as root."""
    if os.geteuid() != 0:
        return []
    shutil.chown(folder, "nobody")
    return ["--user", "nobody"]
