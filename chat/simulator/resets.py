"""Limits that are reached until a time that Z.AI names."""

import math
import time
from datetime import UTC, datetime

from .chosen import Chosen
from .faults import MESSAGE, Fault
from .window import Window

_SHUT_SECONDS = 60


class Resets:
    """What is used of the window of each key, and which models are shut to a key.

    All of it ends at whole seconds, as Z.AI names them.
    """

    def __init__(self, window: Window | None = None) -> None:
        self._window = window
        self._used: dict[str, tuple[int, int]] = {}  # how many, until when
        self._shut: dict[tuple[str, str], tuple[str, int]] = {}

    def clear(self) -> None:
        self._used.clear()
        self._shut.clear()

    def refuse(self, key: str, model: str, chosen: Chosen) -> None:
        """Refuse what is shut, or beyond the window of its key."""
        shut = chosen.get("shut")
        if shut:
            seconds = _SHUT_SECONDS if shut.second is None else shut.second
            self._shut[key, model] = shut.first, _end_of(seconds)
        code, until = self._shut.get((key, model), ("", 0))
        if time.time() < until:
            raise _fault(code, until)
        if self._window:
            self._count(key, self._window)

    def _count(self, key: str, window: Window) -> None:
        used, until = self._used.get(key, (0, 0))
        if time.time() >= until:
            used, until = 0, _end_of(window.seconds)
        if used >= window.most:
            raise _fault(window.code, until)
        self._used[key] = used + 1, until


def _end_of(seconds: float) -> int:
    return math.ceil(time.time() + seconds) if seconds else 0


def _fault(code: str, until: int) -> Fault:
    if "{reset" not in MESSAGE.get(code, ""):
        return Fault(code)  # Z.AI does not say until when
    return Fault(code, reset_at=datetime.fromtimestamp(until, UTC))
