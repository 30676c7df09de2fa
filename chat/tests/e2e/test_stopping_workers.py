"""SIGTERM, and the end of a supervisor, as callers and the next start meet them."""

import contextlib
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from chat.tests.development import BASE_DIR, running
from chat.tests.e2e.process import COMMANDS, UVICORN, Process, environment, started
from chat.tests.e2e.raw_caller import calling
from chat.tests.e2e.test_shutdown import unchunked
from chat.tests.frames import DONE, frames
from chat.tests.ports import free_port, listens
from chat.tests.waiting import eventually

# Streams that last for about 4 seconds, and a grace that is longer.
STREAM = "sim:trickle=0.1 sim:events=40"
GRACE = "20"


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of uvicorn's supervisor, with workers that take more than 5 s to begin or to say
    that they live: it would kill them."""
    named = "uvicorn with workers"
    patient = (*COMMANDS[named], "--timeout-worker-healthcheck", "60")
    monkeypatch.setitem(COMMANDS, named, patient)


@pytest.fixture
def variables(zai: Any) -> dict[str, str]:
    return {"ZAI_BASE_URL": zai.base_url, "CHAT_SHUTDOWN_GRACE_SECONDS": GRACE}


@pytest.mark.parametrize("command", COMMANDS)
def test_new_callers_hear_at_once_that_it_stops(
    variables: dict[str, str], zai: Any, tmp_path: Path, command: str
) -> None:
    """Refused or told, as soon as the process knows; nobody waits, and nobody is cut
    off."""
    late: list[httpx.Response] = []
    with started(tmp_path, command, **variables) as process:
        process.wait_until_it_listens()
        with open_streams(process, 6):
            process.popen.send_signal(signal.SIGTERM)
            if command == "uvicorn with workers":
                # Each hears it by itself, and serves who comes until all have heard.
                eventually(lambda: process.output.count("new callers are told so") == 2)
            else:
                eventually(lambda: _ask(process, "/api/chat") is None)
                assert zai.state()["open"]  # while answers go on, and not at their end
            while (answer := _ask(process, "/api/chat")) is not None:
                late.append(answer)
                assert _status(process, "/health/ready") in (503, None)
                assert _status(process, "/health/live") in (200, None)
        process.popen.wait(30)
        assert "Traceback" not in process.output
        said = re.findall(r"Stopping: open answers \((\d+)\) may go", process.output)
        assert sum(map(int, said)) >= 6
    for answer in late:
        assert answer.status_code == 503
        assert answer.json()["error"]["code"] == "shutting_down"
        assert answer.headers["retry-after"] == "5"
        assert answer.headers["connection"] == "close"
    # Only uvicorn's supervisor holds the socket open.
    assert bool(late) == (command == "uvicorn with workers")


@pytest.mark.parametrize("command", COMMANDS)
def test_who_came_in_time_is_answered(
    variables: dict[str, str], tmp_path: Path, command: str
) -> None:
    """The kernel has let them in: closed now, the socket would reset them."""
    with started(tmp_path, command, **variables) as process:
        process.wait_until_it_listens()
        servers = [process.server()] if command == "uvicorn" else _workers(process)
        for server in servers:
            server.suspend()
        with calling(process.url, 200) as callers:
            for caller in callers:
                caller.ask(stream=False)
            process.popen.send_signal(signal.SIGTERM)
            # As soon as they run, they hear of it.
            eventually(lambda: all(map(_has_a_signal, servers)))
            for server in servers:
                server.resume()
            answers = {caller.read_to_end()[:12] for caller in callers}
        assert answers <= {b"HTTP/1.1 200", b"HTTP/1.1 503"}
        process.popen.wait(30)


@pytest.mark.parametrize("which", ["one of them", "one after the other"])
def test_workers_that_stop_alone_leave_callers_to_the_others(
    variables: dict[str, str],
    tmp_path: Path,
    which: str,
) -> None:
    with started(tmp_path, "uvicorn with workers", **variables) as process:
        process.wait_until_it_listens()
        before = _workers(process)
        assert len(before) == 2
        with open_streams(process, 4):
            if which == "one of them":
                gone = before[:1]
                gone[0].terminate()
            else:
                gone = before
                process.popen.send_signal(signal.SIGHUP)
            while any(worker.is_running() for worker in gone):
                assert _status(process, "/api/chat") == 200
        assert process.end() == 0


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "uvicorn"])
def test_workers_end_when_their_supervisor_dies(
    variables: dict[str, str], tmp_path: Path, command: str
) -> None:
    """As at SIGTERM: what is open gets its grace, and the port is free at once."""
    with started(tmp_path, command, **variables) as process:
        process.wait_until_it_listens()
        workers = _workers(process)
        with open_streams(process, 4):
            process.popen.kill()
            process.popen.wait()
            eventually(lambda: _is_free(process.url))
            assert all(worker.is_running() for worker in workers)
        eventually(lambda: not any(worker.is_running() for worker in workers))
        assert process.output.count("has died; this worker stops") == 2
        assert "Traceback" not in process.output


def test_a_server_for_development_ends_with_its_autoreloader(tmp_path: Path) -> None:
    with running(tmp_path, "runserver") as server:
        server.until(lambda: server.get("/health/live"))
        server.process.kill()
        server.process.wait()
        server.until(lambda: not listens(server.port))


def test_who_was_started_by_a_shell_outlives_it(tmp_path: Path, zai: Any) -> None:
    """As do those that systemd, or the init of a container, is the parent of."""
    port = free_port()
    words = f"{' '.join(UVICORN)} --port {port} >{tmp_path}/output 2>&1 & echo $!"
    shell = subprocess.run(
        ["sh", "-c", words],
        cwd=BASE_DIR,
        env=environment(tmp_path),
        check=True,
        capture_output=True,
    )
    server = psutil.Process(int(shell.stdout))
    try:
        eventually(lambda: listens(port), 30)
        # It would have ended by the second look, had it been about to.
        with pytest.raises(psutil.TimeoutExpired):
            server.wait(3)
        assert httpx.get(f"http://127.0.0.1:{port}/health/live", trust_env=False)
    finally:
        server.kill()


@contextlib.contextmanager
def open_streams(process: Process, count: int) -> Iterator[None]:
    """Streams, read to their whole end afterwards."""
    with calling(process.url, count) as callers:
        for caller in callers:
            caller.ask(STREAM)
            caller.read_until(b"data: ")
        yield
        for caller in callers:
            *_, last = frames(unchunked(caller.read_to_end()))
            assert last == DONE


def _ask(process: Process, path: str) -> httpx.Response | None:
    """What a new caller gets; None if the connection was refused."""
    method, body = ("POST", BODY) if path == "/api/chat" else ("GET", None)
    with contextlib.suppress(httpx.ConnectError):
        return httpx.request(
            method, process.url + path, json=body, timeout=10, trust_env=False
        )
    return None


BODY = {"messages": [{"role": "user", "content": "Hello"}]}


def _status(process: Process, path: str) -> int | None:
    answer = _ask(process, path)
    return answer.status_code if answer else None


def _workers(process: Process) -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process(process.popen.pid).children()
        if "resource_tracker" not in " ".join(child.cmdline())
    ]


def _has_a_signal(process: psutil.Process) -> bool:
    """Whether one waits for the process to run again."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    pending = re.findall(r"^(?:Sig|Shd)Pnd:\s*(\w+)", status, re.MULTILINE)
    return any(int(signals, 16) for signals in pending)


def _is_free(url: str) -> bool:
    """Whether another server could be started there."""
    try:
        socket.create_server(("127.0.0.1", int(url.rpartition(":")[2]))).close()
    except OSError:
        return False
    return True
