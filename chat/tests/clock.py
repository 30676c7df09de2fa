"""A clock of the event loop that stands until the test moves it."""

import asyncio


class Clock:
    """Set it as a loop's `time`; the loop's timers then follow it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    async def advance(self, seconds: float) -> None:
        """Move on, and let everybody do what is due by then."""
        self.now += seconds
        await settle()


async def settle() -> None:
    """Let the other tasks run until they wait for something."""
    for _ in range(10):
        await asyncio.sleep(0)
