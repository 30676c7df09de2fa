"""What the stand-in for Z.AI has counted."""

from dataclasses import dataclass, field
from typing import Any

import httpx


@dataclass(frozen=True)
class Count:
    """Of the one model that is asked with the one key."""

    open: int = 0
    most_open: int = 0
    questions: int = 0
    answered: int = 0
    broken_off: int = 0
    too_many: int = 0  # refused with 1302
    seconds_open: dict[int, float] = field(default_factory=dict)

    @classmethod
    def read(cls, found: dict[str, Any]) -> "Count":
        names = ("open", "most_open", "questions", "answered", "broken_off")
        lasted = {int(n): seconds for n, seconds in found["seconds_open"].items()}
        too_many = found["refused"].get("1302", 0)
        return cls(*(found[n] for n in names), too_many, lasted)

    def seconds_above(self, most: int) -> float:
        return sum(s for number, s in self.seconds_open.items() if number > most)


class Counts:
    """Asks the stand-in, by one connection."""

    def __init__(self, port: int) -> None:
        base = f"http://127.0.0.1:{port}/_simulator/"
        self._http = httpx.Client(base_url=base, timeout=60, trust_env=False)

    def now(self) -> Count:
        found = self._http.get("counts").json()["counts"]
        return Count.read(found[0]) if found else Count()

    def begin(self, limit: str = "") -> None:
        """Forget what was, and answer so many at a time from now on."""
        self._http.post("reset")
        self._http.post("concurrency", content=limit)

    def close(self) -> None:
        self._http.close()
