"""`python -m benchmarks.bodies`: what large bodies take of memory, and leave behind."""

import argparse
import collections
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import httpx

from benchmarks.ours import Ours
from benchmarks.process import Process, running
from benchmarks.server import Place
from benchmarks.standin import standing_in
from chat.tests.ports import free_port

SETTLING_SECONDS = 5.0
LOOKS_A_SECOND = 20
IMAGE = (
    '{"model":"glm-4.6v","stream":true,"messages":[{"role":"user","content":['
    '{"type":"image_url","image_url":{"url":"data:image/png;base64,%s"}},'
    '{"type":"text","text":"Hello"}]}]}'
)


def main() -> None:
    options = _options()
    settings = {
        "CHAT_REQUEST_LOG": str(options.log).lower(),
        "CHAT_BODY_BUDGET_BYTES": str(options.budget),
    }
    server = Ours("ours", "", settings=settings)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        standin = stack.enter_context(standing_in(folder))
        place = Place(folder, free_port(), standin)
        server.prepare(place)
        process = stack.enter_context(
            running(
                server.command(place),
                server.environment(place),
                folder / "ours.log",
                place.port,
            )
        )
        _measure(process, f"http://127.0.0.1:{place.port}/api/chat", options)


def _measure(process: Process, url: str, options: argparse.Namespace) -> None:
    small = IMAGE % ("A" * 100)
    large = (IMAGE % ("A" * options.megabytes * 1_000_000)).encode()
    _post(url, small.encode())
    time.sleep(1)
    idle = process.memory
    watch = Peak(process)
    statuses = collections.Counter(_post_all(url, large, options.count))
    watch.stop()
    time.sleep(SETTLING_SECONDS)
    left = process.memory - idle
    print(f"{options.count} bodies of {options.megabytes} MB at once: {dict(statuses)}")
    print(f"idle {idle / 1e6:.0f} MB, at most {watch.most / 1e6:.0f} MB,", end=" ")
    print(f"{left / 1e6:.0f} MB of it left behind after {SETTLING_SECONDS:g} s")


class Peak:
    """Looks at the memory of a process again and again."""

    def __init__(self, process: Process) -> None:
        self.most = 0
        self._process = process
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(1 / LOOKS_A_SECOND):
            self.most = max(self.most, self._process.memory)


def _post_all(url: str, body: bytes, count: int) -> list[int]:
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda: statuses.append(_post(url, body)))
        for _ in range(count)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


def _post(url: str, body: bytes) -> int:
    """Return the status; 0 if the connection broke."""
    head = {"Content-Type": "application/json"}
    try:
        answer = httpx.post(
            url, content=body, headers=head, timeout=300, trust_env=False
        )
    except httpx.TransportError:
        return 0
    return answer.status_code


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks.bodies", description=__doc__)
    add = parser.add_argument
    add("--count", type=int, default=50, help="how many bodies")
    add("--megabytes", type=int, default=19, help="how large each is")
    add("--budget", type=int, default=256_000_000, help="CHAT_BODY_BUDGET_BYTES")
    add("--log", action="store_true", help="with the request log")
    return parser.parse_args()


if __name__ == "__main__":
    main()
