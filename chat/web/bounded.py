"""One connection of uvicorn's that tells what its caller owes."""

import asyncio
from typing import TYPE_CHECKING, Any

from chat.web import kernel
from chat.web.h2c import Cut, may_offer, without_offer

if TYPE_CHECKING:
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol as Stock

    from chat.web.connections import Connections
else:
    Stock = object

# The parser would take any. A field costs some 100 bytes, however short.
HEAD_BYTES = 64 * 1024
HEAD_FIELDS = 200
# How long a caller who had sent nothing yet may stay when the server stops.
FRESH_SECONDS = 1.0
# Of all connections together; beyond it the longest is given up.
HEADS_BYTES = 8 * 1024 * 1024
FULL = b"503 Service Unavailable"
LATE = b"408 Request Timeout"
TOO_LARGE = b"431 Request Header Fields Too Large"
ANSWER = (
    b"HTTP/1.1 %b\r\nConnection: close\r\nContent-Type: text/plain\r\n"
    b"Content-Length: %d\r\n\r\n%b"
)


class Bounded(Stock):
    """Mixed into uvicorn's own, of either parser. Costs a request some dict entries."""

    of: "Connections"
    head = 0  # bytes of a head that is not whole
    _cut: Cut | None = None  # of a head that may offer HTTP/2
    _is_upgraded = False

    @property
    def owes_head(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        kernel.keep_little(transport)
        transport.set_write_buffer_limits(high=kernel.UNSENT_BYTES)
        _lighten(self.flow._is_writable_event)
        self.of.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._note_head(0)
        self.of.remove(self)
        super().connection_lost(exc)

    def handle_websocket_upgrade(self, *args: Any) -> None:
        self.of.remove(self)  # its end is told to another protocol
        self._is_upgraded = True
        super().handle_websocket_upgrade(*args)

    def data_received(self, data: bytes) -> None:
        before, of = self.cycle, self.of
        is_head = before is None or not before.more_body
        of.idle.pop(self, None)
        if is_head and may_offer(data, self._cut):
            data, self._cut = without_offer(data, self._cut)
            if not data:
                return
        super().data_received(data)
        if self._is_upgraded:
            return
        cycle = self.cycle
        is_whole = cycle is not before
        if is_whole:
            _lighten(cycle.message_event)
        if is_head or is_whole:
            size = self.head + len(data)
            if self._is_too_large(size, is_whole=is_whole):
                self._refuse(TOO_LARGE, b"The head is too large.", before)
                return
            self._note_head(0 if is_whole else size)
        if cycle is None or cycle.response_complete or cycle.more_body:
            if self not in of.owing and not self.transport.is_closing():
                of.owing[self] = of.clock()
        else:
            of.owing.pop(self, None)
        if of.heads > HEADS_BYTES:
            of.give_up_on_longest_head()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        of, transport = self.of, self.transport
        if transport.get_write_buffer_size() and self not in of.deaf:
            of.note_deafness(self)
        if self.cycle.response_complete and not transport.is_closing():
            of.idle[self] = None

    def pause_writing(self) -> None:
        super().pause_writing()
        self.of.note_deafness(self)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.cycle and not self.cycle.response_complete:
            self.of.deaf.pop(self, None)

    def shutdown(self) -> None:
        """The server stops. Who has just come would be reset: what they have sent is
        there already, and not read."""
        end = super().shutdown
        if self.cycle is None:
            asyncio.get_running_loop().call_later(FRESH_SECONDS, end)
        else:
            end()

    def give_up_on_head(self, *, is_late: bool = True) -> None:
        if self.transport.is_closing():
            self.of.owing.pop(self, None)
        elif self.head and is_late:
            self._refuse(LATE, b"The head did not arrive in time.", self.cycle)
        elif self.head:
            self._refuse(FULL, b"Too many heads are half sent.", self.cycle)
        else:
            self.transport.close()
        self._note_head(0)

    def _note_head(self, size: int) -> None:
        if size != self.head:
            self.of.heads += size - self.head
            self.head = size

    def _is_too_large(self, size: int, *, is_whole: bool) -> bool:
        if len(self.headers or ()) > HEAD_FIELDS:
            return True
        if is_whole and size > HEAD_BYTES:  # the body may be in it
            return sum(len(k) + len(v) for k, v in self.headers) > HEAD_BYTES
        return size > HEAD_BYTES

    def _refuse(self, status: bytes, sentence: bytes, answered: Any) -> None:
        """Answer instead of the application, unless `answered` is still to be sent."""
        if self.cycle is not answered:
            self.cycle.disconnected = True
            self.headers.clear()
        if answered is None or answered.response_complete:
            self.transport.write(ANSWER % (status, len(sentence), sentence))
        self.transport.close()


def _lighten(event: asyncio.Event) -> None:
    """Nobody waits for it yet. An empty deque takes 760 bytes, an empty list 56, and
    there are two events for each open stream, with hardly ever more than one waiter."""
    event._waiters = []  # type: ignore[assignment]
