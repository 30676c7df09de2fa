"""The body of a streamed answer, read as it comes: for an event next to nothing."""

from aiohttp import StreamReader


class Few(list[bytes]):
    """What aiohttp asks of a deque, of which an empty one takes 760 bytes."""

    __slots__ = ()

    def popleft(self) -> bytes:
        return self.pop(0)


class Pieces(StreamReader):
    """aiohttp's, without what is of use only to who reads by lines or by chunks of
    HTTP: for a stream of small events that took longer than all that is done with them.

    What came and was not read is bounded as it was: by its size, and by the number of
    its pieces where aiohttp counts chunks.
    """

    __slots__ = ()  # or none could be made of a reader that is there

    # Nothing is done, and without a call of Python's: `bool()` has no frame.
    begin_http_chunk_receiving = end_http_chunk_receiving = staticmethod(bool)  # type: ignore[assignment]

    def feed_data(self, data: bytes, size: int = 0) -> bool:
        """Take what the parser found; `size` is aiohttp's, and means nothing."""
        if not data:
            return False
        size = len(data)
        self.total_bytes += size
        self._size = size = self._size + size
        buffer = self._buffer
        buffer.append(data)
        if self._protocol.came is None:  # type: ignore[attr-defined]
            self.wake()
        if size > self._high_water or len(buffer) > self._high_water_chunks:
            self._protocol.pause_reading()
        return False

    def feed_eof(self) -> None:
        # The connection goes on to the next question.
        self._protocol.came = None  # type: ignore[attr-defined]
        super().feed_eof()

    def take_wanted(self, n: int) -> bytes | None:
        """Return all that is there if that is `n` bytes at most, and nothing has to
        begin again for it; else nothing. None if there is nothing, or nobody waits for
        it who was not woken yet."""
        waiter = self._waiter
        if waiter is None or not self._buffer or waiter.done():
            return None
        if self._size > n or self._buffer_offset or self._protocol._reading_paused:
            return b""
        # One, as most often, is not joined: a `Few` would be copied for that.
        buffer, self._size = self._buffer, 0
        data = buffer[0] if len(buffer) == 1 else b"".join(buffer)
        buffer.clear()
        return data

    def wake(self) -> None:
        """Wake who waits to read, even for nothing."""
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    async def read(self, n: int = -1) -> bytes:
        """Return what has come, `n` bytes at most, once there is any; nothing at the
        end, or where it was woken for nothing."""
        if n > self._low_water:
            self.set_read_chunk_size(n)
        if self._exception is not None:
            raise self._exception
        if not self._buffer and not self._eof:
            waiter = self._waiter = self._loop.create_future()
            try:
                await waiter
            finally:
                self._waiter = None
        return self.take(n)

    def take(self, n: int) -> bytes:
        """Return what is there, `n` bytes at most."""
        if self._size > n or self._buffer_offset:
            return self._read_nowait(n)
        data, self._size = b"".join(self._buffer), 0
        self._buffer.clear()
        # aiohttp would go through its parser each time, with nothing to resume.
        if self._protocol._reading_paused:
            self._protocol.resume_reading()
        return data


def lighten(body: StreamReader) -> None:
    """Make `body`, of which nothing was read, one of these.

    aiohttp's parser makes the reader, and cannot be told of which class.
    """
    if type(body) is StreamReader:  # another has nothing to read
        body.__class__ = Pieces
        body._buffer = Few(body._buffer)  # type: ignore[assignment]
        body._http_chunk_splits = None  # nobody keeps them up from now on
