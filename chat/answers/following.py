"""What this process follows of answers that others make."""

from collections.abc import Callable
from typing import Any

from chat.answers.elsewhere import (
    Elsewhere,
    Head,
    key_of_frames,
    key_of_head,
    key_of_life,
    now,
)
from chat.answers.frames import Frames
from chat.answers.shelf import shelf
from chat.failures import Interrupted

MOST_ENTRIES = 50
# After its sign of life is gone, a process is given so long to give another.
SECONDS_OF_DOUBT = 4.0
SECONDS_WITHOUT_REDIS = 15.0
SECONDS_WITHOUT_READERS = 2.0


class Following:
    def __init__(self, order: Callable[[str, Elsewhere], None]) -> None:
        self._order = order
        self._followed: dict[str, Elsewhere] = {}
        self._came: dict[str, int] = {}  # the index of the next piece
        self._blind_since: float | None = None

    def __len__(self) -> int:
        return len(self._followed)

    def begin(self, request_id: str, head: Head) -> Elsewhere:
        """Return that answer, whose frames come from now on."""
        if (known := self._followed.get(request_id)) is None:
            frames = Frames(shelf.grew)
            known = Elsewhere(request_id, head, frames, self._order)
            self._followed[request_id] = known
            self._came[request_id] = 0
        return known

    async def look(self, client: Any) -> None:
        """Read what is new of each. Raises what redis-py raises."""
        followed = list(self._followed.values())
        pipeline = client.pipeline(transaction=False)
        for one in followed:
            after = f"({self._came[one.request_id]}-0"
            keys = key_of_frames(one.request_id), key_of_head(one.request_id)
            pipeline.hget(keys[1], "state")
            pipeline.xrange(keys[0], min=after, count=MOST_ENTRIES)
            pipeline.exists(key_of_life(one.process))
        answers = await pipeline.execute()
        self._blind_since = None
        for one, *told in zip(
            followed, answers[::3], answers[1::3], answers[2::3], strict=True
        ):
            self._hear(one, *told)

    def could_not_look(self) -> None:
        """Redis is away: after a while nobody is kept waiting."""
        self._blind_since = self._blind_since or now()
        if now() - self._blind_since > SECONDS_WITHOUT_REDIS:
            for one in list(self._followed.values()):
                self._break_off(one)

    def _hear(
        self, one: Elsewhere, state: bytes | None, entries: list[Any], lives: int
    ) -> None:
        for name, entry in entries:
            end = int(name.partition(b"-")[0])
            if int(entry[b"from"]) != self._came[one.request_id]:
                self._break_off(one)  # Redis has lost what was between
                return
            one.frames.add(entry[b"frames"])
            self._came[one.request_id] = end
        if len(entries) < MOST_ENTRIES and (not entries or state == b"open"):
            one.caught_up()
        if entries:
            one.missed_since = None
        elif state in (b"over", b"gone"):
            self._end(one)
        elif state != b"open":
            self._break_off(one)
        elif lives:
            one.missed_since = None
        else:
            one.missed_since = one.missed_since or now()
            if now() - one.missed_since > SECONDS_OF_DOUBT:
                self._break_off(one)
        idle = one.idle_since
        if idle is not None and now() - idle > SECONDS_WITHOUT_READERS:
            one.frames.lose()
            self._end(one)

    def _break_off(self, one: Elsewhere) -> None:
        one.break_off(Interrupted("The answer broke off."))
        self._end(one)

    def _end(self, one: Elsewhere) -> None:
        one.frames.end()
        one.caught_up()
        shelf.size -= one.frames.release()
        self._followed.pop(one.request_id, None)
        self._came.pop(one.request_id, None)
