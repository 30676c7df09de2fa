"""`manage.py simulator`."""

import os
import signal
import socket
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from chat.simulator.scenarios import TABLE

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]


def test_the_list_has_every_scenario() -> None:
    out = StringIO()

    call_command("simulator", "--list", stdout=out)

    lines = out.getvalue().splitlines()
    assert [line.split()[0] for line in lines] == [row.usage for row in TABLE]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"scenarios": ["nonsense"]}, "There is no scenario `sim:nonsense`."),
        ({"concurrency": "many"}, 'A limit is "5" or "5,3@20", not "many".'),
        ({"window": "5"}, "A window is "),
        ({"certfile": "/none.pem"}, "No such file"),
    ],
)
def test_what_cannot_be_served_is_said(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        call_command("simulator", stdout=StringIO(), **given)


def test_a_port_in_use_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match="in use"):
            call_command("simulator", port=port, stdout=StringIO())


def test_it_says_where_it_is_and_stops_when_interrupted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "manage.py", "simulator", "--port", str(port)]
    environment = {**os.environ, "DEBUG": "true", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.wait(20)

    assert f"http://127.0.0.1:{port}/api/paas/v4" in first
