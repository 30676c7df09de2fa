"""The recipes of docs/developing.md, followed to the letter in a copy of all this."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from chat.tests.development import BASE_DIR

PAGE = (BASE_DIR / "docs" / "developing.md").read_text()
BLOCK = re.compile(r"^```python\n(.*?)^```", re.M | re.S)

pytestmark = [pytest.mark.once, pytest.mark.timeout(600)]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project as it is here, with nothing that git ignores."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listed, cwd=BASE_DIR, capture_output=True, check=True)
    for name in filter(None, done.stdout.decode().split("\0")):
        if (BASE_DIR / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes((BASE_DIR / name).read_bytes())
    return tmp_path


def test_an_endpoint(copy: Path) -> None:
    imported, view, route, described, path, test = blocks("Adding an endpoint")
    put(copy / "chat/views.py", imported, above="from chat.protocols.dialects import")
    put(copy / "chat/views.py", view + "\n\n", above="async def open_exchange")
    put(copy / "chat/urls.py", route, above='    re_path(r"^(?:api|v1|health)')
    described_in = copy / "chat/openapi/conversations.py"
    described_in.write_text(described_in.read_text() + "\n\n" + described)
    put(copy / "chat/openapi/document.py", path, above='        "/api/chat": {')
    (copy / "chat/tests/test_title.py").write_text(test)

    succeeds(copy, "Adding an endpoint")


def test_a_dialect(copy: Path) -> None:
    module, row, imported = blocks("Adding a dialect")
    (copy / "chat/protocols/words.py").write_text(module)
    put(copy / "chat/protocols/dialects.py", row, above=")\nDOORS = ")
    put(copy / "chat/protocols/dialects.py", imported, above="\nNATIVE = ")

    succeeds(copy, "Adding a dialect")


def recipe(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def blocks(title: str) -> list[str]:
    return BLOCK.findall(recipe(title))


def put(path: Path, text: str, *, above: str) -> None:
    before, mark, rest = path.read_text().partition(above)
    assert mark, (path, above)
    path.write_text(before + text + mark + rest)


def succeeds(copy: Path, title: str) -> None:
    [wanted] = re.findall(r"make test ARGS=\"-k '(.+)'\"", recipe(title))
    environment = {**os.environ, "CHAT_TEST_FUZZ_EXAMPLES": "1"}
    for tidied in (["check", "--fix"], ["format"]):  # where an import stands
        ruff = [sys.executable, "-m", "ruff", *tidied, "-q", "."]
        subprocess.run(ruff, cwd=copy, check=True)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "0", "-k", wanted],
        cwd=copy, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-5000:]
