"""What runs on Node.js: environments of npm, and the programs in them."""

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmarks.environment import Environment
from benchmarks.peer import PEERS
from benchmarks.process import CannotStart
from benchmarks.server import Place, Server
from benchmarks.standin import API_KEY


@dataclass(frozen=True)
class NodeEnvironment(Environment):
    """What `package.json` in `source` names, beside all else that is there."""

    source: Path = PEERS
    builds: bool = False

    def version(self, package: str) -> str:
        """Raises CannotStart."""
        told = self.ready() / "node_modules" / package / "package.json"
        return str(json.loads(told.read_text())["version"])

    def steps(self) -> Iterator[list[str]]:
        yield ["cp", "-r", f"{self.source}/.", "."]
        # What libraries would run then fetches or patches things; nothing needs it.
        quiet = ["--no-fund", "--no-audit", "--ignore-scripts", "--no-package-lock"]
        yield ["npm", "install", "--loglevel=error", *quiet]
        if self.builds:
            yield ["npm", "run", "build"]

    def made_of(self) -> Iterator[bytes]:
        yield node_version().encode()
        for path in sorted(self.source.rglob("*")):
            if path.is_file():
                yield path.read_bytes()


@dataclass(frozen=True)
class Portkey(Server):
    path: str = "/v1/chat/completions"

    def command(self, place: Place) -> list[str]:
        folder = PORTKEY.ready()
        main = folder / "node_modules/@portkey-ai/gateway/build/start-server.js"
        start = [*_node(), f"--import={folder / 'shim.mjs'}", str(main)]
        return [*start, f"--port={place.port}", "--headless"]

    def environment(self, place: Place) -> dict[str, str]:
        return {"NODE_ENV": "production", "TRUSTED_CUSTOM_HOSTS": "127.0.0.1"}

    def headers(self, place: Place) -> Mapping[str, str]:
        return {
            "Authorization": f"Bearer {API_KEY}",
            "x-portkey-provider": "openai",
            "x-portkey-custom-host": place.standin.base_url,
        }

    def version(self) -> str:
        return f"{PORTKEY.version('@portkey-ai/gateway')}, {node_version()}"


@dataclass(frozen=True)
class NextJS(Server):
    """It answers as `useChat` wants it, streams only."""

    def command(self, place: Place) -> list[str]:
        main = NEXTJS.ready() / "node_modules/next/dist/bin/next"
        start = [*_node(), str(main), "start", str(NEXTJS.folder)]
        return [*start, f"--port={place.port}", "--hostname=127.0.0.1"]

    def environment(self, place: Place) -> dict[str, str]:
        told = {"NODE_ENV": "production", "NEXT_TELEMETRY_DISABLED": "1"}
        return super().environment(place) | told

    def version(self) -> str:
        sdk = f"ai {NEXTJS.version('ai')}, {node_version()}"
        return f"Next.js {NEXTJS.version('next')}, {sdk}"


PORTKEY = NodeEnvironment("portkey", PEERS / "portkey")
NEXTJS = NodeEnvironment("nextjs", PEERS / "nextjs", builds=True)


def _node() -> list[str]:
    program = shutil.which("node")
    if program is None:
        raise CannotStart("Node.js is not installed")
    return [program]


@cache
def node_version() -> str:
    """Raises CannotStart."""
    said = subprocess.run([*_node(), "--version"], capture_output=True, text=True)
    return f"Node.js {said.stdout.strip().removeprefix('v')}"
