"""A page of React with all that it needs, in one script for a browser."""

import os
import subprocess
from pathlib import Path

from chat.tests.clients.ai_sdk import CLIENTS, installed


def bundled(page: str, version: str, into: Path) -> Path:
    """The script of `page`, which finds its packages where `version` is installed.

    Skips the test where they cannot be had.
    """
    packages = installed(version) / "node_modules"
    esbuild = installed("assistant-ui") / "node_modules" / ".bin" / "esbuild"
    made = into / f"{version}.js"
    options = ["--jsx=automatic", '--define:process.env.NODE_ENV="production"']
    done = subprocess.run(
        [esbuild, page, "--bundle", *options, f"--outfile={made}"],
        cwd=CLIENTS,
        env=os.environ | {"NODE_PATH": str(packages)},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    return made
