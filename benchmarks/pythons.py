"""Other Pythons of this machine."""

import os
import shutil
import subprocess
import sys
from pathlib import Path


def find_python(version: str) -> str:
    """Return a Python of that version ("3.13"), or its usual name where there is none;
    the one that runs this for no version."""
    if not version:
        return sys.executable
    name = f"python{version}"
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    of_pyenv = sorted(root.glob(f"versions/{version}.*/bin/{name}"))
    for candidate in (shutil.which(name), *map(str, of_pyenv)):
        if candidate and _runs(candidate):
            return candidate
    return name


def _runs(python: str) -> bool:
    # pyenv has programs of that name for versions that are not chosen, and refuse.
    return subprocess.run([python, "-c", ""], capture_output=True).returncode == 0
