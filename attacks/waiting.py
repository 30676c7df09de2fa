"""For how long the service had work but no processor."""

import asyncio
import bisect
import time
from dataclasses import dataclass, field
from pathlib import Path

SAMPLE_SECONDS = 0.01


@dataclass
class Waiting:
    """For how long the service had work but no processor, over time."""

    pids: list[int]
    times: list[float] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)

    async def watch(self) -> None:
        while True:
            self.look()
            await asyncio.sleep(SAMPLE_SECONDS)

    def look(self) -> None:
        total = 0.0
        for pid in self.pids:
            try:
                numbers = Path(f"/proc/{pid}/task/{pid}/schedstat").read_text().split()
                total += int(numbers[1]) / 1e9
            except (OSError, IndexError):
                continue
        self.times.append(time.monotonic())
        self.waited.append(total)

    def between(self, start: float, end: float) -> float:
        if not self.times:
            return 0.0
        first = max(0, bisect.bisect_right(self.times, start) - 1)
        last = min(len(self.times) - 1, bisect.bisect_left(self.times, end))
        return max(0.0, self.waited[last] - self.waited[first])
