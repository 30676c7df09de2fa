"""`python -m benchmarks.holding`: what holds under granian as it does under uvicorn.

Each serves the service with everything on, and is tried in turn: whether Z.AI hears of
callers who leave or read nothing, and what becomes of open streams when it is told to
stop. No speed is measured.
"""

import argparse
import asyncio
import signal
import socket
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import httpx
import psutil

from benchmarks.measures.leaving import leaving
from benchmarks.ours import DATABASE, Ours
from benchmarks.process import CannotStart
from benchmarks.standin import standing_in
from benchmarks.target import Target, launched
from benchmarks.variants import EVERYTHING, OURS, PYTHONS

GRACE_SECONDS = 3
WRITE_SECONDS = 5
SETTINGS = {
    "CHAT_SHUTDOWN_GRACE_SECONDS": str(GRACE_SECONDS),
    "CHAT_WRITE_TIMEOUT_SECONDS": str(WRITE_SECONDS),
}
HEARD_SECONDS = 20.0
STOP_SECONDS = 20.0
OPEN_ENDED = "SELECT count(*), count(ending) FROM chat_requestlog"
Trial = Callable[[Target], str]


def main() -> None:
    argparse.ArgumentParser("benchmarks.holding", description=__doc__).parse_args()
    by_granian = next(server for server in PYTHONS if server.by_granian)
    for server in (OURS, by_granian):
        settings = {**EVERYTHING, **SETTINGS}
        _try_all(replace(server, settings=settings), "by granian" in server.title)


def _try_all(server: Ours, is_granian: bool) -> None:
    print(f"{'granian' if is_granian else 'uvicorn'}:")
    with tempfile.TemporaryDirectory() as name, standing_in(Path(name)) as standin:
        try:
            with launched(server, standin, warm_up=5) as target:
                for what, trial in TRIALS.items():
                    print(f"  {what}: {_say(trial, target)}", flush=True)
        except CannotStart as error:
            print(f"  does not run: {error}")


def _say(trial: Trial, target: Target) -> str:
    try:
        return trial(target)
    except Exception as error:  # whatever it is belongs into the table
        return f"FAILED: {error or type(error).__name__}"


def _is_ready(target: Target) -> str:
    url = f"http://127.0.0.1:{target.port}/health/ready"
    return f"status {httpx.get(url, trust_env=False, timeout=10).status_code}"


def _leave(target: Target) -> str:
    found = asyncio.run(leaving(target, 5))
    return f"Z.AI hears after {max(found):.0f} ms at most"


def _leave_early(target: Target) -> str:
    with _asked(target, "sim:silent") as caller:
        time.sleep(1)
        caller.close()
        return _until_heard(target)


def _read_nothing(target: Target) -> str:
    """`CHAT_WRITE_TIMEOUT_SECONDS` says when such a caller counts as gone."""
    with _asked(target, "sim:flood sim:events=900000", buffer=4096):
        return _until_heard(target)


def _stop(target: Target) -> str:
    """A stream that ends within the grace and one that does not, and their rows."""
    short = _asked(target, "sim:rate=10 sim:events=15")
    long = _asked(target, "sim:rate=10 sim:events=900")
    time.sleep(0.5)
    process = psutil.Process(target.process.tree()[0].pid)
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    told = [_last_words(caller) for caller in (short, long)]
    with suppress(psutil.NoSuchProcess):
        process.wait(STOP_SECONDS)
    took = time.monotonic() - began
    database = target.process.log.parent / DATABASE
    with closing(sqlite3.connect(database)) as there:
        rows, ended = there.execute(OPEN_ENDED).fetchone()
    return f"{' and '.join(told)}; gone after {took:.1f} s, {rows - ended} rows open"


TRIALS: dict[str, Trial] = {
    "ready (lifespan)": _is_ready,
    "left in mid-stream": _leave,
    "left before the first word": _leave_early,
    "reads nothing": _read_nothing,
    "told to stop": _stop,
}


def _asked(target: Target, scenario: str, buffer: int = 0) -> socket.socket:
    caller = socket.socket()
    if buffer:
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    caller.settimeout(STOP_SECONDS)
    caller.connect(("127.0.0.1", target.port))
    base = f"http://127.0.0.1:{target.standin.port}/_simulator"
    httpx.post(f"{base}/reset", trust_env=False)
    caller.sendall(target.request(scenario))
    return caller


def _until_heard(target: Target) -> str:
    began, url = time.time(), f"http://127.0.0.1:{target.standin.port}/_simulator/state"
    while time.time() - began < HEARD_SECONDS:
        [*_, last] = httpx.get(url, trust_env=False).json()["requests"] or [{}]
        if last.get("ended"):
            return f"Z.AI hears after {max(last['ended'] - began, 0):.1f} s"
        time.sleep(0.05)
    return f"Z.AI hears nothing within {HEARD_SECONDS:g} s"


def _last_words(caller: socket.socket) -> str:
    """How a stream ended, in the words of its last frame."""
    heard = b""
    try:
        while piece := caller.recv(65536):
            heard = (heard + piece)[-2000:]
            if b"[DONE]" in heard:
                return "a whole stream"
            if b'"error"' in heard:
                return "an error frame"
    except OSError as error:
        return f"a stream cut off ({error})"
    return "a stream cut off"


if __name__ == "__main__":
    main()
