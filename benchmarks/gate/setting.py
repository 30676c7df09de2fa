"""What the gate is proven on: so many processes, a database, with or without Redis."""

from collections.abc import Mapping
from dataclasses import dataclass, field

SLOTS = 5
# Everybody is to find room, and has time: who is refused then was refused wrongly.
ROOM = {
    "CHAT_ACCESS": "keys",
    "CHAT_QUEUE_LENGTH": "2000",
    "CHAT_QUEUE_SECONDS": "600",
    "CHAT_OPEN_AFTER_SECONDS": "1",
    "CHAT_SHUTDOWN_GRACE_SECONDS": "0",
}


@dataclass(frozen=True)
class Setting:
    """`learns`: Z.AI takes five, and the service is to find that out. Otherwise it is
    told five, and Z.AI takes all, so that one too many is seen."""

    processes: int = 1
    database: str = "sqlite"
    redis: bool = False
    learns: bool = True
    settings: Mapping[str, str] = field(default_factory=lambda: ROOM)

    def __str__(self) -> str:
        several = "1 process" if self.processes == 1 else f"{self.processes} processes"
        beside = ", Redis" if self.redis else ""
        return f"{several}, {self.database}{beside}{'' if self.learns else ', told'}"

    @property
    def limit(self) -> str:
        """How many Z.AI answers at a time."""
        return str(SLOTS) if self.learns else ""

    @property
    def is_exact(self) -> bool:
        """Whether one queue is for all."""
        return self.redis or self.processes == 1

    def variables(self) -> dict[str, str]:
        concurrency = "auto" if self.learns else str(SLOTS)
        return {**self.settings, "ZAI_CONCURRENCY": concurrency}
