"""What is told: that something began, or that it is over."""

import socket
from dataclasses import dataclass
from datetime import datetime, timedelta

from chat import keys, lines
from config.version import read_version

SERVICE = "Z.AI chat"


@dataclass(frozen=True)
class Message:
    """`over_at` is None where it began. Whatever is told passes through here."""

    condition: str
    title: str
    said: str
    began_at: datetime
    over_at: datetime | None = None

    @property
    def heading(self) -> str:
        return f"Over: {self.title}" if self.over_at else self.title

    @property
    def text(self) -> str:
        """As one reads it, in plain words: a heading, and what there is to know."""
        if self.over_at:
            return f"It lasted {_lasting(self.over_at - self.began_at)}."
        return keys.conceal(lines.clean(self.said))

    def as_line(self) -> str:
        return f"{SERVICE} on {socket.gethostname()}: {self.heading}. {self.text}"

    def as_json(self) -> dict[str, str | None]:
        return {
            "service": SERVICE,
            "host": socket.gethostname(),
            "version": read_version(),
            "alert": self.condition,
            "state": "over" if self.over_at else "begun",
            "title": self.title,
            "text": self.text,
            "began_at": self.began_at.isoformat(timespec="seconds"),
            "over_at": self.over_at.isoformat(timespec="seconds")
            if self.over_at
            else None,
        }


@dataclass(frozen=True)
class Taken:
    """A message that this process is to tell; no other tries meanwhile.

    `tries` is how often it was tried, with this time.
    """

    key: str
    tries: int
    message: Message


def _lasting(time: timedelta) -> str:
    minutes = round(time.total_seconds() / 60)
    if minutes < 1:
        return "less than a minute"
    hours, minutes = divmod(minutes, 60)
    words = [f"{number} {unit}" for number, unit in ((hours, "h"), (minutes, "min"))]
    return " ".join(words if hours else words[1:])
