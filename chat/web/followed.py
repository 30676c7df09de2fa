"""An answer that is sent again to who came back for it, and on, as it comes."""

import asyncio
from collections.abc import AsyncIterator

from django.conf import settings

from chat.answers.answer import Answer
from chat.answers.elsewhere import Elsewhere
from chat.answers.frames import Frames, skip
from chat.failures import Failure
from chat.protocols.sse import HEARTBEAT
from chat.web import connection
from chat.web.asgi import Send
from chat.web.responses import SelfSent, head_of_a_stream, part

# What is sent in one go.
MOST_BYTES = 64_000
NO_ROOM = "There is no room to keep this answer; the rest of it is only where it began."


class FollowedAnswer(SelfSent):
    """At its own pace: nobody who reads the same answer waits for this one."""

    def __init__(
        self, answer: Answer | Elsewhere, frames: Frames, after: int = 0
    ) -> None:
        """`after` so many frames it begins."""
        super().__init__((), headers=head_of_a_stream(answer.dialect))
        self.is_async = True
        self._answer = answer
        self._frames = frames
        self._after = after

    async def __aiter__(self) -> AsyncIterator[bytes]:
        has_joined = self._answer.join()
        try:
            async for piece in self._read():
                yield piece
        finally:
            if has_joined:
                self._answer.part()

    async def send_body(self, send: Send) -> None:
        pieces = aiter(self)
        try:
            async for piece in pieces:
                async with asyncio.timeout(settings.CHAT_WRITE_TIMEOUT_SECONDS):
                    await send(part(piece))
        except TimeoutError:
            await connection.abort(send)
        finally:
            await pieces.aclose()  # type: ignore[attr-defined]

    async def _read(self) -> AsyncIterator[bytes]:
        """What is to be skipped may not be here yet: another process makes it."""
        frames, index, left = self._frames, 0, self._after
        is_open = False
        while not frames.is_lost:
            piece = b""
            if left and index < len(frames.pieces):
                piece, left = skip(frames.pieces[index], left)
                index += 1
            elif not left and (more := _gather(frames.pieces, index)):
                piece, index = more
            elif frames.is_over:
                if frames.last:
                    yield frames.last
                return
            elif not is_open:
                is_open, piece = True, self._answer.dialect.opening
            elif not await frames.wait(index, settings.CHAT_HEARTBEAT_SECONDS):
                piece = HEARTBEAT
            if piece:
                is_open = True
                yield piece
        yield self._answer.tell(Failure(NO_ROOM))


def _gather(pieces: list[bytes], index: int) -> tuple[bytes, int] | None:
    """Return what there is from `index` on, up to MOST_BYTES, and the next index."""
    end, size = index, 0
    while end < len(pieces) and size < MOST_BYTES:
        size += len(pieces[end])
        end += 1
    return (b"".join(pieces[index:end]), end) if end > index else None
