"""What this process tells Redis of its answers, in batches and off their path."""

from typing import Any

from django.conf import settings

from chat.answers.answer import Answer
from chat.answers.elsewhere import (
    key_of_chat,
    key_of_frames,
    key_of_head,
    key_of_life,
    key_of_orders,
)

# Of an answer, in one go and in all: a longer one is told to nobody elsewhere.
MOST_BYTES_AT_ONCE = 256_000
MOST_BYTES = 8_000_000
# A process that gives no sign for so long is taken for dead.
SECONDS_TO_LIVE = 8
# What is not told on is forgotten.
SECONDS_OF_AN_OPEN_ANSWER = 3600
SECONDS_OF_A_BROKEN_ANSWER = 30
MOST_ORDERS = 100


class Told:
    """How much of an answer Redis has. A batch that is under way is told again as it
    was where nobody knows whether it came; of its bytes nothing is held beside the
    answer's own frames, which may be gone, for want of room."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.is_introduced = False
        self.is_over = False
        self._sent = 0
        self._size = 0
        self._end = 0  # of the batch that is under way
        self._bytes = 0
        self._says_the_end = False

    def write(self, pipeline: Any, process: str) -> int:
        """Put what is new into `pipeline`; return how many bytes of frames."""
        identity, frames = self.answer.request_id, self.answer.frames
        if frames is None or frames.is_lost or self._size > MOST_BYTES:
            pipeline.hset(key_of_head(identity), "state", "lost")
            pipeline.expire(key_of_head(identity), SECONDS_OF_A_BROKEN_ANSWER)
            pipeline.delete(key_of_frames(identity))
            self._says_the_end = True
            return 0
        if not self.is_introduced:
            self._introduce(pipeline, process)
        if piece := self._next_batch(frames.pieces):
            entry = {"from": self._sent, "frames": piece}
            pipeline.xadd(key_of_frames(identity), entry, id=f"{self._end}-0")
            pipeline.expire(key_of_frames(identity), SECONDS_OF_AN_OPEN_ANSWER)
        elif self.answer.ended is not None:
            self._close(pipeline)
        return len(piece)

    def succeeded(self) -> None:
        """Redis has what was written last."""
        self.is_introduced = True
        self.is_over = self._says_the_end
        self._sent = max(self._sent, self._end)
        self._size += self._bytes
        self._bytes = 0

    def _next_batch(self, pieces: list[bytes]) -> bytes:
        """Return the bytes up to the piece `_end`; none if there are no new ones."""
        if self._end <= self._sent:
            size, end = 0, self._sent
            while end < len(pieces) and size < MOST_BYTES_AT_ONCE:
                size += len(pieces[end])
                end += 1
            self._end = end
        batch = b"".join(pieces[self._sent : self._end])
        self._bytes = len(batch)
        return batch

    def _introduce(self, pipeline: Any, process: str) -> None:
        answer = self.answer
        head = {
            "known": answer.owner.known,
            "dialect": answer.dialect.name,
            "process": process,
            "state": "open",
        }
        pipeline.hset(key_of_head(answer.request_id), mapping=head)
        pipeline.expire(key_of_head(answer.request_id), SECONDS_OF_AN_OPEN_ANSWER)
        if chat := key_of_chat(answer.owner, answer.chat_id):
            pipeline.set(chat, answer.request_id, ex=SECONDS_OF_AN_OPEN_ANSWER)

    def _close(self, pipeline: Any) -> None:
        identity = self.answer.request_id
        is_whole = self.answer.is_whole
        seconds = SECONDS_OF_A_BROKEN_ANSWER
        if is_whole:
            seconds = max(1, round(settings.CHAT_KEEP_ANSWER_SECONDS))
        state = "over" if is_whole else "gone"
        pipeline.hset(key_of_head(identity), "state", state)
        pipeline.expire(key_of_head(identity), seconds)
        pipeline.expire(key_of_frames(identity), seconds)
        self._says_the_end = True


def give_sign(pipeline: Any, process: str) -> None:
    """Say that `process` lives, and fetch what others want of it."""
    pipeline.set(key_of_life(process), "1", ex=SECONDS_TO_LIVE)
    pipeline.lpop(key_of_orders(process), MOST_ORDERS)
