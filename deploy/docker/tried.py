"""`python -m deploy.docker.tried`: does the Dockerfile make what it promises?

Where no container engine is. Its steps are done in fresh Debian roots, made by
debootstrap; then the image's command is run as its account, in a root file system that
cannot be written, on the simulator, and asked and stopped. Needs root, debootstrap,
unshare and a network. Not tried are layers, networks and the health check's timing.
"""

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from deploy.docker.dockerfile import Stage, read
from deploy.docker.root import PROJECT, Root

PORT = 8000
SIMULATOR = "http://127.0.0.1:8009/api/paas/v4"
SETTINGS = {
    "SECRET_KEY": "for-this-trial-alone-" * 3,
    "ALLOWED_HOSTS": "127.0.0.1",
    "ZAI_API_KEY": "trial-id.trial-secret",
    "ZAI_BASE_URL": SIMULATOR,
    "METRICS_ACCESS": "loopback",
    "WEB_CONCURRENCY": "2",
}
SECONDS_TO_START = 60.0
SECONDS_TO_STOP = 50.0
COMPILERS = ("cc", "gcc", "g++", "make", "cargo", "pip", "pip3")


def main() -> int:
    options = _options()
    stages = read(PROJECT / "Dockerfile")
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="image-") as name:
        image = _build(stages, Path(name))
        trials = (_has_no_tools, _cannot_write, _serves_and_stops)
        for trial in trials:
            trial(image, stages[-1])
            print(f"ok: {trial.__name__.strip('_').replace('_', ' ')}", flush=True)
    print(f"{len(trials)} passed, 0 failed")
    return 0


def _build(stages: list[Stage], folder: Path) -> Root:
    fresh = Root(folder / "fresh")
    print(f"debootstrap {stages[0].base}", flush=True)
    fresh.bootstrap(stages[0].base)
    built: dict[str, Root] = {}
    for number, stage in enumerate(stages):
        print(f"FROM {stage.base} AS {stage.name or 'the image'}", flush=True)
        root = Root(folder / f"stage{number}")
        subprocess.run(["cp", "-a", fresh.path, root.path], check=True)  # noqa: S603, S607
        root.take(stage, built)
        built[stage.name] = root
    size = subprocess.run(  # noqa: S603
        ["du", "-sm", root.path, fresh.path],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    print(f"{size[0]} MB, of which {size[2]} are Debian's")
    return root


def _has_no_tools(image: Root, stage: Stage) -> None:
    words = " || ".join(f"command -v {one}" for one in COMPILERS)
    found = image.run(["/bin/sh", "-c", words], capture_output=True)
    assert not found.stdout, found.stdout
    tests = [p for p in (image.path / "opt").rglob("tests") if "chat" in p.parts]
    assert not [p for p in tests if "site-packages" not in p.parts], tests


def _cannot_write(image: Root, stage: Stage) -> None:
    for place in ("/opt/zai-chat", "/opt/zai-chat/chat", "/etc", "/usr/bin"):
        done = image.run(["touch", f"{place}/x"], capture_output=True)
        assert done.returncode, place
    account = image.run(["id", "-u"], capture_output=True).stdout.strip()
    assert account == "10001", account


def _serves_and_stops(image: Root, stage: Stage) -> None:
    """Migrations are a command of their own; all in one mount namespace."""
    migrate = "python manage.py migrate --no-input -v 0 && exec"
    words = ["/bin/sh", "-c", f'{migrate} "$@"', "sh", *stage.command]
    simulator = ["python", "manage.py", "simulator", "--port", "8009"]
    with _running(image, simulator), _running(image, words) as server:
        _wait_until_it_answers(server)
        assert _get("/health/live") == {"status": "live"}
        answer = _ask()
        assert answer["choices"][0]["message"]["content"], answer
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/metrics") as told:  # noqa: S310
            assert b'ending="completed"' in told.read()
        server.send_signal(signal.SIGTERM)
        status = server.wait(SECONDS_TO_STOP)
        assert status in (0, -signal.SIGTERM, 128 + signal.SIGTERM), status


@contextmanager
def _running(image: Root, words: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(  # noqa: S603
        image.command(words, is_read_only=True), env=image.environment(**SETTINGS)
    )
    try:
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(SECONDS_TO_STOP)
        process.kill()


def _wait_until_it_answers(server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while True:
        assert server.poll() is None, "the server has ended"
        try:
            _get("/health/ready")
            return
        except OSError:
            assert time.monotonic() < until, "the server does not answer"
            time.sleep(0.2)


def _get(path: str) -> Any:
    with urllib.request.urlopen(f"http://127.0.0.1:{PORT}{path}", timeout=5) as told:  # noqa: S310
        return json.load(told)


def _ask() -> Any:
    asked = {"messages": [{"role": "user", "content": "Hello"}], "stream": False}
    request = urllib.request.Request(  # noqa: S310
        f"http://127.0.0.1:{PORT}/api/chat",
        json.dumps(asked).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as told:  # noqa: S310
        return json.load(told)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m deploy.docker.tried", description=__doc__
    )
    parser.add_argument("--folder", default=None, help="with a gigabyte of room")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
