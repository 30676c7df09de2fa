"""Where the attacks take place: the stand-in of Z.AI, one service after another."""

import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attacks.attack import Attack
from attacks.database import ROOT
from attacks.service import Service
from chat.tests.ports import listens


class Range:
    """The service that stands at the moment; it serves attacks that start it alike."""

    def __init__(self, new_database: Any, folder: Path, zai_port: int) -> None:
        self._new_database = new_database
        self._folder = folder
        self.zai_port = zai_port
        self._service: Service | None = None
        self._key = ""
        self._attacks = 0

    def service_for(self, attack: Attack) -> Service:
        alike = self._key == attack.start.key and not attack.alone
        if self._service and alike and self._service.is_running:
            return self._service
        self.clear()
        place = Path(tempfile.mkdtemp(dir=self._folder))
        self._service = Service(
            attack.start, self._new_database(), self.zai_port, place
        )
        self._key = attack.start.key
        return self._service

    def next_number(self) -> int:
        self._attacks += 1
        return self._attacks

    def clear(self) -> None:
        if self._service:
            self._service.stop()
        self._service = None


@contextlib.contextmanager
def standing_in(folder: Path, port: int) -> Iterator[int]:
    """Run the hostile Z.AI for as long as the block lasts; yields its port."""
    with (folder / "zai.output").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "attacks.standin", str(port)],
            cwd=ROOT,
            stdout=output,
            stderr=output,
        )
    try:
        end = time.monotonic() + 30
        while not listens(port):
            if time.monotonic() > end or process.poll() is not None:
                raise RuntimeError((folder / "zai.output").read_text())
            time.sleep(0.05)
        yield port
    finally:
        process.kill()
        process.wait()
