"""What may be wrong, and how that is found out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

# Of one kind. What is beyond is no news.
MOST_FINDINGS = 20


class Finding(NamedTuple):
    """`subject` tells what is wrong at the same time apart; "" where there is one only.

    `said` is a sentence or two of figures and names. It goes to others: never a key,
    and nothing of what was said in a request.
    """

    subject: str
    said: str


@dataclass(frozen=True)
class Condition:
    """`look` returns what is wrong now. It may raise what the database raises.

    Over is what was not found for `quiet_seconds`: what comes and goes is told once.
    """

    name: str
    title: str
    look: Callable[[], Sequence[Finding]]
    quiet_seconds: float

    def findings(self) -> dict[str, Finding]:
        """What is wrong now, by keys that are the same in every process."""
        found = self.look()[:MOST_FINDINGS]
        return {f"{self.name}:{one.subject}"[:200]: one for one in found}
