"""Names that processes of a cluster look up, and that may come to lead elsewhere."""

import shutil
import subprocess
from pathlib import Path

# In a namespace of its own /etc/hosts is another file, which is read at each look-up.
PRIVATE = ("unshare", "--mount", "--propagation", "private")
HOSTS = Path("/etc/hosts")
MOUNT = 'mount --bind "$0" /etc/hosts && exec "$@"'


class Names:
    """Those of one host, in a file; nobody else sees them."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._told: dict[str, str] = {}
        self._write()

    @staticmethod
    def may_be_had() -> bool:
        """Whether there may be such a namespace: root may have one, on Linux."""
        if not shutil.which(PRIVATE[0]):
            return False
        words = [*PRIVATE, "mount", "--bind", str(HOSTS), str(HOSTS)]
        return subprocess.run(words, capture_output=True).returncode == 0

    def lead(self, name: str, address: str) -> None:
        """Have `name` lead to `address` from now on."""
        self._told[name] = address
        self._write()

    def seen_by(self, command: list[str]) -> list[str]:
        """Return what runs `command` where the names are known."""
        return [*PRIVATE, "sh", "-c", MOUNT, str(self._file), *command]

    def _write(self) -> None:
        """In its place, for what is mounted is this file and not its path; and never
        empty in between."""
        lines = [f"{address} {name}\n" for name, address in self._told.items()]
        self._file.touch()
        with self._file.open("r+") as file:
            file.write("".join(lines) + HOSTS.read_text())
            file.truncate()
