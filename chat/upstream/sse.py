"""Server-sent events out of bytes. No input or output here: bytes in, payloads out.

https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
"""

BOM = b"\xef\xbb\xbf"
FIELD, END = b"data: ", b"\n\n"
# As numbers: for `b"\n" in data` Python 3.11 first takes the left side for a number,
# and makes and drops a TypeError, which takes longer than to look.
LF, CR = b"\n\r"
# An event that is longer is gathered without a look at what has come before.
LONG = 64 * 1024
# An event of more lines is none: its lines are not looked at.
MOST_LINES = 10_000
ENDS = (b"\n\n", b"\n\r", b"\r\r")


class Decoder:
    """Finds the events in bytes that may be cut anywhere.

    Works on bytes and not on text, so that U+2028 and its kin, which Python takes for
    line ends, stay what they are.
    """

    __slots__ = ("_long", "_rest", "_started", "pending")

    def __init__(self) -> None:
        self._rest = b""
        self._long = bytearray()  # what comes between a long rest and its end
        self._started = False
        # How many bytes have come of an event that has not ended yet.
        self.pending = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Return the `data` of every event that `data` completes."""
        # One event, of one line: as they come, but for a flood.
        if self._started and not self._rest:
            payload = data[6:-2]
            if (
                data[:6] == FIELD
                and data[-2:] == END
                and LF not in payload
                and CR not in payload
            ):
                return [payload]
        if len(self._rest) > LONG:
            if data and not self._gather(data):
                return []
            data, self._long = self._rest + self._long + data, bytearray()
        elif self._rest:
            data = self._rest + data
        if not self._started:
            data = self._start(data)
        if CR in data:
            data = _make_line_ends_unix(data)
        head, found, self._rest = data.rpartition(b"\n\n")
        self.pending = len(self._rest)
        if not found:
            return []
        return _find_payloads(head)

    def finish(self) -> list[bytes]:
        """Return the last event if its blank line never came."""
        rest = (self._rest + self._long).rstrip(b"\r\n")
        self._rest, self._long, self.pending = b"", bytearray(), 0
        return _find_payloads(rest) if rest else []

    def _gather(self, data: bytes) -> bool:
        """Whether `data` may end the long event; what does not is put by.

        Joined at every piece, one of megabytes would be copied a thousand times.
        """
        edge = (self._long or self._rest)[-3:] + data
        if any(end in edge for end in ENDS):
            return True
        self._long += data
        self.pending += len(data)
        return False

    def _start(self, data: bytes) -> bytes:
        self._started = len(data) >= len(BOM)
        return data.removeprefix(BOM)


def _make_line_ends_unix(data: bytes) -> bytes:
    # A CR at the end may be the first half of a CRLF: it waits for what follows.
    held = b"\r" if data.endswith(b"\r") else b""
    data = data[: len(data) - len(held)]
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n") + held


def _find_payloads(blocks: bytes) -> list[bytes]:
    """Return the `data` of each of some whole events."""
    payloads = blocks.removeprefix(b"data: ").split(b"\n\ndata: ")
    ends_of_lines = blocks.count(b"\n")
    if ends_of_lines == 2 * len(payloads) - 2 and blocks.startswith(b"data: "):
        return payloads  # nothing but events of one line each, as Z.AI sends them
    found = []
    for block in blocks.split(b"\n\n"):
        if block.startswith(b"data: ") and b"\n" not in block:
            found.append(block[6:])
        elif (payload := _find_data(block)) is not None:
            found.append(payload)
    return found


def _find_data(block: bytes) -> bytes | None:
    """Return the `data` of one event, line by line; None if it has no such field."""
    if block.count(b"\n") > MOST_LINES:
        return b""
    values = []
    for line in block.split(b"\n"):
        name, _, value = line.partition(b":")
        if name == b"data":
            values.append(value.removeprefix(b" "))
    return b"\n".join(values) if values else None
