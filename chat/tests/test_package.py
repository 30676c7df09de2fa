"""The service as a package: installed into an environment of its own, run elsewhere."""

import subprocess
import sys
import sysconfig
from pathlib import Path

import httpx
import pytest

from chat.tests.development import BASE_DIR, Running, environment
from chat.tests.ports import free_port
from config.version import read_version

pytestmark = pytest.mark.once

BODY = {"messages": [{"role": "user", "content": "Hello"}], "stream": False}


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`zai-chat`, of a package that was built and installed."""
    folder = tmp_path_factory.mktemp("package")
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
    source = folder / "source"  # a build leaves files beside what it builds
    archive = ["git", "-C", BASE_DIR, "ls-files", "-z", "--cached", "--others"]
    named = subprocess.run([*archive, "--exclude-standard"], stdout=subprocess.PIPE)
    for name in filter(None, named.stdout.decode().split("\0")):
        if (BASE_DIR / name).exists():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((BASE_DIR / name).read_bytes())
    subprocess.run([*pip, "wheel", "--no-deps", "-w", folder, source], check=True)
    own = folder / "own"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", own], check=True)
    [wheel] = folder.glob("*.whl")
    python = own / "bin" / "python"
    install = ["--python", python, "install", "--no-deps", wheel]
    subprocess.run([*pip, *install], check=True)
    # What it needs in turn is there already: as installed for the tests.
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = own / "lib" / version / "site-packages"
    (packages / "needs.pth").write_text(sysconfig.get_path("purelib"))
    return own / "bin" / "zai-chat"


def test_it_knows_its_version(command: Path, tmp_path: Path) -> None:
    said = subprocess.run([command, "version"], capture_output=True, cwd=tmp_path)

    assert said.stdout.decode() == f"zai-chat-django {read_version()}\n"


@pytest.mark.parametrize("is_named", [False, True])
def test_its_files_lie_where_it_is_told_or_started(
    command: Path, tmp_path: Path, is_named: bool
) -> None:
    port = free_port()
    variables = environment(tmp_path, port)
    for name in ("DATABASE_URL", "SECRET_KEY", "CHAT_SPOOL_DIR", "PYTHONPATH"):
        variables.pop(name, None)
    home = tmp_path / "home" if is_named else tmp_path
    if is_named:
        variables["ZAI_CHAT_HOME"] = str(home)
    log = tmp_path / "output"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [command, "quickstart"],
            cwd=tmp_path, env=variables, stdout=output, stderr=output,
        )  # fmt: skip
        try:
            running = Running(process, port, log)
            running.until(lambda: running.get("/health"), 60)
            url = f"http://127.0.0.1:{port}"
            answer = httpx.post(f"{url}/api/chat", json=BODY, trust_env=False)
            page = running.get("/static/chat/page/app.js")
        finally:
            process.terminate()
            process.wait(20)

    assert answer.json()["choices"][0]["message"]["content"]
    assert page
    assert {".env", "db.sqlite3", "spool"} <= {path.name for path in home.iterdir()}
    assert "zai-chat changepassword admin" in running.output
