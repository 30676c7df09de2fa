"""Z.AI's answer, read with patience: with heartbeats, but not for ever."""

import asyncio

from django.conf import settings

from chat.event import Batch
from chat.exchange.deadline import Deadline
from chat.failures import UpstreamTimeout
from chat.observation import Observation
from chat.upstream.answer import Answer

# An answer is whole with its finish reason: `[DONE]` follows at once, or not at all.
SECONDS_AFTER_FINISH = 5.0


class Reading:
    """Begins with the first event. `seen` tells it when the answer is whole."""

    def __init__(self, answer: Answer, seen: Observation, deadline: Deadline) -> None:
        self.answer = answer
        self._seen = seen
        self._deadline = deadline
        self._last_event = deadline.clock()
        self._heartbeat: float = settings.CHAT_HEARTBEAT_SECONDS
        self._silence: float = settings.ZAI_SILENCE_TIMEOUT

    async def read(self) -> Batch | None:
        """Return the next events, or None at the end. Raises Failure.

        Returns none of them when a heartbeat is due, or the deadline made to expire.
        """
        # Once for every event: no settings, no running loop, one look at the clock.
        deadline, answer = self._deadline, self.answer
        heartbeat = deadline.clock() + self._heartbeat
        silence = self._last_event + self._patience()
        while True:
            deadline.at(heartbeat if heartbeat < silence else silence)
            try:
                batch = await answer.read()
            except asyncio.CancelledError:
                if not deadline.settle():
                    raise
                return self._overdue(deadline.clock() >= silence)
            finally:
                deadline.clear()
            if batch is None:
                self._seen.is_done = answer.is_done
                return None
            if batch.events:
                self._last_event = deadline.clock()
                return batch

    def _overdue(self, silent: bool) -> Batch | None:
        if not silent:
            return Batch()
        if self._seen.is_whole:
            return None
        raise UpstreamTimeout(
            "Z.AI fell silent.",
            diagnosis=f"Z.AI sent no event for {self._silence:g} s",
        )

    def _patience(self) -> float:
        if not self._seen.seems_over:
            return self._silence
        return min(self._silence, SECONDS_AFTER_FINISH)
