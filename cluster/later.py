"""A later version of the service, as far as its database goes: one migration more."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from benchmarks.process import CannotStart, python

PARTS = ("chat", "config", "manage.py", "pyproject.toml")
MIGRATION = """
from django.db import migrations, models

from chat.migrations._beside_writers import AddIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("chat", "{before}")]
    operations = [
        migrations.AddField(
            "requestlog", "{name}", models.IntegerField(null=True, default=None)
        ),
        AddIndexBesideWriters(
            "requestlog", models.Index(fields=["{name}", "ending"], name="{name}")
        ),
    ]
"""


def make_later(root: Path, folder: Path) -> Path:
    """Return a folder, below `folder`, of the version that follows the one at `root`:
    a column more in the table that is written most, and an index."""
    migrations = root / "chat/migrations"
    before = max(one.stem for one in migrations.glob("[0-9]*.py"))
    number = int(re.match(r"\d+", before)[0]) + 1  # type: ignore[index]
    name = f"later_{number}"
    later = folder / name
    later.mkdir()
    for part in PARTS:
        if (root / part).is_dir():
            unwanted = shutil.ignore_patterns("__pycache__", "tests")
            shutil.copytree(root / part, later / part, ignore=unwanted)
        else:
            shutil.copy(root / part, later / part)
    text = MIGRATION.format(before=before, name=name)
    (later / "chat/migrations" / f"{number:04}_{name}.py").write_text(text)
    return later


def migrate(root: Path, database: str) -> None:
    """As an operator does, while the version before serves. Raises CannotStart."""
    variables = {**os.environ, "DEBUG": "true", "DATABASE_URL": database}
    command = python("manage.py", "migrate", "--verbosity=0")
    done = subprocess.run(command, cwd=root, env=variables, capture_output=True)
    if done.returncode:
        raise CannotStart(f"migrate: {done.stderr.decode()[-300:]}")
