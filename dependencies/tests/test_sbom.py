"""`make sbom` lists what the lock has, and the same each time."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from dependencies.tests.test_lock import BASE_DIR, locked

pytestmark = pytest.mark.once


def bill(folder: Path, number: int) -> str:
    """What the target of the Makefile writes, into a file elsewhere."""
    makefile = (BASE_DIR / "Makefile").read_text()
    recipe = makefile.partition("\nsbom:")[2].partition("\n\t@")[2].partition("\n\n")[0]
    recipe = recipe.replace("\\\n", " ").replace("$(BIN)/python", sys.executable)
    words = shlex.split(recipe)
    words[words.index("sbom.cdx.json")] = file = str(folder / f"{number}.json")
    subprocess.run(words, cwd=BASE_DIR, check=True, capture_output=True)
    return Path(file).read_text()


def test_it_lists_what_the_lock_has_and_the_same_each_time(tmp_path: Path) -> None:
    pytest.importorskip("cyclonedx_py")

    first, second = bill(tmp_path, 1), bill(tmp_path, 2)

    assert first == second
    told = json.loads(first)
    assert told["metadata"]["component"]["name"] == "zai-chat-django"
    components = {one["name"]: one["version"] for one in told["components"]}
    assert components == locked("requirements")
