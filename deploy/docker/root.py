"""A fresh Debian in a folder, and what is done in it: as an image is made, and run."""

import os
import shlex
import shutil
import subprocess
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from deploy.docker.dockerfile import Stage

PROJECT = Path(__file__).resolve().parents[2]
# Where packages come from, and whom to trust: as this machine has it.
PASSED_ON = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "PIP_INDEX_URL")
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
IGNORED = (PROJECT / ".dockerignore").read_text().splitlines()


class Root:
    """What a stage of a Dockerfile makes, in `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.folder = "/"
        self.variables: dict[str, str] = {}
        self.account = "0"

    def bootstrap(self, base: str) -> None:
        """Lay a minimal Debian, such as `debian:trixie-slim` is made of."""
        suite = base.partition(":")[2].partition("-")[0]
        words = ["debootstrap", "--variant=minbase", suite, str(self.path)]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        shutil.copy("/etc/resolv.conf", self.path / "etc/resolv.conf")

    def take(self, stage: Stage, others: dict[str, "Root"]) -> None:
        """Do the steps of `stage`."""
        for word, rest in stage.steps:
            print(f"  {word} {rest[:90]}", flush=True)
            if word == "RUN":
                self.run(["/bin/sh", "-c", rest], check=True)
            elif word == "COPY":
                self._copy(shlex.split(rest), others)
            elif word == "WORKDIR":
                self.folder = rest
                self._at(rest).mkdir(parents=True, exist_ok=True)
            elif word == "ENV":
                pairs = (pair.split("=", 1) for pair in shlex.split(rest))
                self.variables |= dict(pairs)
            elif word == "USER":
                self.account = rest

    def run(self, words: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        """Run `words` in it, as the image's account, and wait."""
        return subprocess.run(  # noqa: S603
            self.command(words), env=self.environment(), text=True, **options
        )

    def command(self, words: list[str], *, is_read_only: bool = False) -> list[str]:
        """Return what runs `words` in it; in a root file system that none can write but
        for its volume and /tmp, if so wished."""
        root, account = str(self.path), f"{self.account}:{self.account}"
        enter = f'cd {self.folder} && exec "$@"'
        inner = ["chroot", f"--userspec={account}", root, "/bin/sh", "-c", enter, "sh"]
        if not is_read_only:
            return [*inner, *words]
        mounts = (
            f"mount --bind {root} {root} && mount -o remount,ro,bind {root}"
            f" && mount -t proc proc {root}/proc"
            f" && mount -t tmpfs tmpfs {root}/tmp"  # noqa: S108
            f" && mount -t tmpfs -o uid={self.account},gid={self.account},mode=700"
            f" tmpfs {root}/var/lib/zai-chat"
            ' && exec "$@"'
        )
        apart = ["unshare", "--mount", "/bin/sh", "-c", mounts, "sh"]
        return [*apart, *inner, *words]

    def environment(self, **further: str) -> dict[str, str]:
        usual = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
        passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        if (ours := os.environ.get("PIP_CERT")) and not self.variables:
            place = self._at("/tmp/authorities.pem")  # noqa: S108
            shutil.copy(ours, place)
            passed["PIP_CERT"] = "/tmp/authorities.pem"  # noqa: S108
        return {**usual, **passed, **self.variables, **further}

    def _copy(self, words: list[str], others: dict[str, "Root"]) -> None:
        *sources, target = words
        origin = PROJECT
        if sources[0].startswith("--from="):
            origin = others[sources.pop(0).partition("=")[2]].path
        place = self._at(target)
        for source in sources:
            found = origin / source.lstrip("/")
            if found.is_dir():
                ignore = None if origin != PROJECT else _ignored
                shutil.copytree(
                    found, place, symlinks=True, ignore=ignore, dirs_exist_ok=True
                )
            else:
                shutil.copy(found, place / found.name if target[-1] == "/" else place)

    def _at(self, path: str) -> Path:
        there = path if path.startswith("/") else f"{self.folder}/{path}"
        inside = self.path / there.lstrip("/")
        return inside


def _ignored(folder: str, names: list[str]) -> set[str]:
    """What .dockerignore keeps out at any depth."""
    patterns = [line[3:] for line in IGNORED if line.startswith("**/")]
    return {name for name in names if any(fnmatch(name, p) for p in patterns)}
