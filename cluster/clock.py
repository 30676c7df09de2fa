"""A clock of one host, which may be put wrong while it runs."""

import shutil
import subprocess
from pathlib import Path

from attacks.families.clocks import CLOCK


class Clock:
    """`settings` are for the processes that see it; none where it cannot be made."""

    def __init__(self, folder: Path) -> None:
        library, self._offset = folder / "clock.so", folder / "clock.offset"
        self.settings: dict[str, str] = {}
        self.put_off(0)
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            return
        order = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(CLOCK)]
        if subprocess.run([*order, "-ldl"], capture_output=True).returncode == 0:
            self.settings["LD_PRELOAD"] = str(library)
            self.settings["ATTACKS_CLOCK"] = str(self._offset)

    def put_off(self, seconds: int) -> None:
        """Have it so many seconds ahead of the others', or behind."""
        self._offset.write_text(str(seconds))
