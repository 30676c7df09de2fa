"""What is not needed to serve is not imported for it: the start would take longer."""

import os
import subprocess
import sys
from pathlib import Path

from config.home import ROOT

LOOK = "import sys, config.asgi; print(*sys.modules)"


def imported(folder: Path, **settings: str) -> set[str]:
    environment = {
        "SECRET_KEY": "secret",
        "ALLOWED_HOSTS": "127.0.0.1",
        "ZAI_API_KEY": "an-id.a-secret",
        "DATABASE_URL": f"sqlite:///{folder / 'chat.sqlite3'}",
        "CHAT_SPOOL_DIR": str(folder / "spool"),
        **settings,
    }
    done = subprocess.run(
        [sys.executable, "-c", LOOK],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


def test_without_redis_its_library_is_not_imported(tmp_path: Path) -> None:
    found = imported(tmp_path, REDIS_URL="")
    assert "chat.redis.connections" in found
    assert not {name for name in found if name.partition(".")[0] == "redis"}
