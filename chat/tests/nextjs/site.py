"""The example site of `examples/nextjs`, built and served by Next.js itself."""

import contextlib
import copy
import fcntl
import hashlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from chat.tests.development import BASE_DIR
from chat.tests.ports import free_port, listens

EXAMPLE = BASE_DIR / "examples" / "nextjs"
NOT_COPIED = shutil.ignore_patterns("node_modules", ".next", ".env", ".env*.local")
PASSWORD = "open sesame"
OLDEST_NODE = (20, 9)
INSTALL_SECONDS = 240.0
START_SECONDS = 60.0
A_DAY = 86_400.0
# What npm says when it cannot reach the registry, rather than that a lock is wrong.
UNREACHABLE = re.compile(
    r"EAI_AGAIN|ENOTFOUND|ECONNRE|ETIMEDOUT|ENETUNREACH|SOCKET_TIMEOUT|code E[45]\d\d"
)


class CannotInstall(Exception):
    """Why there is no site to test, in a few words."""


class Site:
    """A copy of the example with what it needs, in a folder of its own.

    `chat_url` is where the service will be; a build has it inside.
    """

    def __init__(self, folder: Path, chat_url: str) -> None:
        self._folder = folder
        self._environment = environment() | {
            "CHAT_URL": chat_url,
            "NEXT_PUBLIC_CHAT_URL": chat_url,
            "SESSION_SECRET": "of the tests, and at least as long as is asked for",
            "SITE_PASSWORD": PASSWORD,
        }

    def with_variables(self, **further: str) -> "Site":
        """The same as it is built, for `served` with other variables."""
        site = copy.copy(self)
        site._environment = self._environment | further
        return site

    def build(self) -> None:
        done = subprocess.run(
            self._next("build"),
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    @contextlib.contextmanager
    def served(self, command: str) -> Iterator[str]:
        """Run `next start` or `next dev`; yields its address."""
        port, log = free_port(), self._folder / f"{command}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                self._next(command, "--hostname", "127.0.0.1", "--port", str(port)),
                cwd=self._folder,
                env=self._environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            deadline = time.monotonic() + START_SECONDS
            while not listens(port):
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}"
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _next(self, command: str, *options: str) -> list[str]:
        script = self._folder / "node_modules" / "next" / "dist" / "bin" / "next"
        return ["node", str(script), command, *options]


@contextlib.contextmanager
def copied(chat_url: str) -> Iterator[Site]:
    """A site that can be built and served as long as the block lasts.

    Packages are installed once for each package-lock.json, and linked into each copy.
    Raises CannotInstall.
    """
    if node_version() < OLDEST_NODE:
        raise CannotInstall("the example for Next.js needs Node.js 20.9")
    with tempfile.TemporaryDirectory(
        prefix="site-", dir=store(), ignore_cleanup_errors=True
    ) as name:
        folder = Path(name) / "site"
        shutil.copytree(EXAMPLE, folder, ignore=NOT_COPIED)
        with installed() as packages:
            shutil.copytree(
                packages, folder / "node_modules", symlinks=True, copy_function=os.link
            )
        yield Site(folder, chat_url)


@contextlib.contextmanager
def installed() -> Iterator[Path]:
    """The folder `node_modules`, which stays there as long as the block lasts."""
    lock = (EXAMPLE / "package-lock.json").read_bytes()
    wanted = hashlib.sha256(lock).hexdigest()
    folder, stamp = store() / "packages", store() / "stamp"
    with (store() / "lock").open("w") as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        forget_the_killed()
        if not stamp.exists() or stamp.read_text() != wanted:
            stamp.unlink(missing_ok=True)
            install(folder)
            stamp.write_text(wanted)
        yield folder / "node_modules"


def install(folder: Path) -> None:
    if not (npm := shutil.which("npm")):
        raise CannotInstall("the example for Next.js needs npm")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(EXAMPLE / name, folder)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_SECONDS
    )
    if UNREACHABLE.search(done.stderr):
        raise CannotInstall(f"npm cannot install the example: {done.stderr[-300:]}")
    assert done.returncode == 0, done.stderr


def forget_the_killed() -> None:
    """Remove the copies of test runs that could not do it themselves."""
    for folder in store().glob("site-*"):
        if folder.stat().st_mtime < time.time() - A_DAY:
            shutil.rmtree(folder, ignore_errors=True)


def node_version() -> tuple[int, ...]:
    """Of the `node` that is installed; nothing if there is none."""
    if not (node := shutil.which("node")):
        return ()
    said = subprocess.run([node, "--version"], capture_output=True, text=True)
    return tuple(map(int, said.stdout.strip().removeprefix("v").split(".")))


def store() -> Path:
    """A folder outside the checkout, kept from run to run."""
    folder = Path(tempfile.gettempdir()) / f"chat-test-nextjs-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    assert folder.stat().st_uid == os.getuid(), f"{folder} belongs to somebody else"
    return folder


def environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("NODE_ENV", "PORT")}
    return {**kept, "NEXT_TELEMETRY_DISABLED": "1"}
