"""Where the service keeps what is its own: `.env`, the database, the spool."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def find_home() -> Path:
    """Return the folder: beside manage.py in a checkout; where it is installed as a
    package what ZAI_CHAT_HOME names, or else the current folder."""
    if (ROOT / "manage.py").exists():
        return ROOT
    named = os.environ.get("ZAI_CHAT_HOME", "").strip()
    return Path(named).expanduser().resolve() if named else Path.cwd()


HOME = find_home()
