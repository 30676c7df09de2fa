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

    def begin_http_chunk_receiving(self) -> None:
        pass

    def end_http_chunk_receiving(self) -> None:
        pass

    def feed_data(self, data: bytes, size: int = 0) -> bool:
        """Take what the parser found; `size` is aiohttp's, and means nothing."""
        if not data:
            return False
        self._size += len(data)
        self.total_bytes += len(data)
        self._buffer.append(data)
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)
        is_full = len(self._buffer) > self._high_water_chunks
        if is_full or self._size > self._high_water:
            self._protocol.pause_reading()
        return False

    async def read(self, n: int = -1) -> bytes:
        """Return what has come, `n` bytes at most, once there is any; nothing at the
        end."""
        if n > self._low_water:
            self.set_read_chunk_size(n)
        if self._exception is not None:
            raise self._exception
        while not self._buffer and not self._eof:
            waiter = self._waiter = self._loop.create_future()
            try:
                await waiter
            finally:
                self._waiter = None
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
