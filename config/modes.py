"""Files with keys, or with what people wrote: their owner's and nobody else's."""

import os
import stat
import sys
from pathlib import Path

PRIVATE = 0o077


def make_private_files() -> None:
    """Have whatever this process makes from now on be its account's alone."""
    os.umask(os.umask(PRIVATE) | PRIVATE)


def close_to_others(path: Path) -> None:
    """Take from others what they may do with a file that is this account's.

    What belongs to another account or cannot be changed stays as it is:
    `manage.py check` names it.
    """
    found, given = _status(path), openings(path)
    if found is None or not given or not _is_own(found):
        return
    try:
        path.chmod(stat.S_IMODE(found.st_mode) & ~given)
    except OSError:  # a mount that is read-only
        return


def openings(path: Path) -> int:
    """Return the bits of its mode that let others in; 0 for what is not there.

    A group that is not the account's own was let in on purpose: a `.env` of
    root:zai-chat with mode 640 is how the service reads it and cannot change it.
    """
    if (found := _status(path)) is None:
        return 0
    return found.st_mode & (PRIVATE if _has_own_group(found) else stat.S_IRWXO)


if sys.platform != "win32":

    def _status(path: Path) -> os.stat_result | None:
        """Of a file or a folder; other things, such as /dev/null, hold no secret."""
        try:
            found = path.stat()
        except OSError:
            return None
        is_kept = stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)
        return found if is_kept else None

    def _is_own(found: os.stat_result) -> bool:
        return found.st_uid == os.geteuid()

    def _has_own_group(found: os.stat_result) -> bool:
        return _is_own(found) and found.st_gid == os.getegid()

else:  # its files have no such modes

    def _status(path: Path) -> os.stat_result | None:
        return None

    def _is_own(found: os.stat_result) -> bool:
        return False

    _has_own_group = _is_own
