"""Many callers at a time, of all kinds, one after the other."""

import asyncio
import random
from collections import Counter
from collections.abc import Mapping

from benchmarks.soak.callers import Caller

SIZE = 60
PAUSE_SECONDS = 0.5


class Crowd:
    """Counts what its callers met with."""

    def __init__(self, port: int, kinds: Mapping[Caller, int]) -> None:
        self._port = port
        self._kinds = kinds
        self.outcomes: Counter[tuple[str, str]] = Counter()

    async def stay(self, seconds: float) -> None:
        end = asyncio.get_running_loop().time() + seconds
        await asyncio.gather(*(self._come_again(end) for _ in range(SIZE)))

    @property
    def requests(self) -> int:
        return self.outcomes.total()

    def count(self, outcome: str) -> int:
        """How many met with that, whatever is said of it in brackets."""
        times = self.outcomes.items()
        return sum(n for (_, met), n in times if met.split(" (")[0] == outcome)

    async def _come_again(self, end: float) -> None:
        while (now := asyncio.get_running_loop().time()) < end:
            await asyncio.sleep(min(random.uniform(0, PAUSE_SECONDS), end - now))
            [kind] = random.choices([*self._kinds], [*self._kinds.values()])
            try:
                outcome = await kind(self._port)
            except OSError as error:  # a timeout is one too
                outcome = type(error).__name__
            self.outcomes[kind.__name__, outcome] += 1
