"""Writes the secrets of a deployment, once: what is there stays.

    python first_secrets.py APP DATABASE METRICS

APP gets `env`, the settings of the service; DATABASE the password that PostgreSQL
reads; METRICS the token that Prometheus sends. Each folder is mounted by these alone.
"""

import os
import secrets
import sys
from pathlib import Path

SERVICE = 10001
DATABASE_URL = "postgres://zai_chat:{password}@database:5432/zai_chat"


def main(app: Path, database: Path, metrics: Path) -> None:
    password = write_once(database / "password", secrets.token_urlsafe(32))
    token = write_once(metrics / "metrics-token", secrets.token_urlsafe(32))
    lines = [
        f"SECRET_KEY={secrets.token_urlsafe(48)}",
        f"DATABASE_URL={DATABASE_URL.format(password=password)}",
        f"METRICS_ACCESS={token}",
    ]
    write_once(app / "env", "\n".join(lines) + "\n", owner=SERVICE)


def write_once(path: Path, text: str, owner: int | None = None) -> str:
    """Return what `path` has, which is `text` if nothing was there.

    Without an `owner` whoever mounts the folder may read it. It is there whole or not
    at all, whenever this is killed.
    """
    if path.exists():
        return path.read_text()
    new = path.with_suffix(".new")
    new.write_text(text)
    if owner is not None:
        os.chown(new, owner, owner)
    new.chmod(0o444 if owner is None else 0o400)
    new.rename(path)
    return text


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
