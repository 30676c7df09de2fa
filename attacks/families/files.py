"""Files that others could read, and what is installed."""

import stat

from attacks.attack import Skipped, attack
from attacks.database import ROOT, Sqlite
from attacks.field import Field


@attack(10)
async def file_modes(field: Field) -> str:
    """Database, WAL and spool are for their owner alone, however they come to be."""
    if not isinstance(field.database, Sqlite):
        raise Skipped("the database has no files of ours")
    await field.closed_row((await field.ask()).id)
    folder = field.database.file.parent
    files = [*folder.glob(f"{field.database.file.name}*")]
    if field.service.spool.exists():
        files += [field.service.spool, *field.service.spool.rglob("*")]
    for file in files:
        mode = stat.S_IMODE(file.stat().st_mode)
        field.check(not mode & 0o077, f"{file.name} is {mode:o}")
    return ", ".join(sorted(file.name for file in files))


@attack(14, witnessed=False)
async def pinned_by_hash(field: Field) -> str:
    """What production installs is named with hashes, and pip can hold it to them."""
    files = [
        file
        for pattern in ("*.txt", "*.lock", "requirements*/*", "deploy/*.txt")
        for file in ROOT.glob(pattern)
        if file.is_file() and "--hash=sha256:" in file.read_text(errors="replace")
    ]
    field.check(files, "no file of requirements has hashes")
    return ", ".join(file.name for file in files)
