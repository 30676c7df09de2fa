"""The unit in deploy/ is one that systemd understands, and that keeps others out."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chat.tests.development import BASE_DIR

pytestmark = pytest.mark.once

UNIT = (BASE_DIR / "deploy" / "zai-chat.service").read_text()
PROGRAM = shutil.which("systemd-analyze") or ""


@pytest.mark.skipif(not PROGRAM, reason="there is no systemd here")
def test_systemd_understands_it(tmp_path: Path) -> None:
    file = tmp_path / "zai-chat.service"
    there = re.sub(r"/opt/zai-chat/\.venv/bin/\w+", sys.executable, UNIT)
    file.write_text(there)

    done = subprocess.run(
        [PROGRAM, "verify", "--man=no", str(file)], capture_output=True, text=True
    )

    assert "zai-chat.service" not in done.stderr
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "line",
    [
        "UMask=0077",
        "StateDirectoryMode=0700",
        "NoNewPrivileges=true",
        "ProtectSystem=strict",
        "PrivateTmp=true",
    ],
)
def test_it_keeps_others_out(line: str) -> None:
    assert f"\n{line}\n" in UNIT
