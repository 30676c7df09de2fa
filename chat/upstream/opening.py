"""The beginning of what comes with status 200, which may be no answer at all."""

from chat.upstream.told_error import LONGEST_BODY


class Opening:
    """The first bytes of a body, until they show what it is.

    Z.AI may answer 200 with an error in JSON or with a block page in HTML, even when it
    says `text/event-stream`.
    """

    __slots__ = ("_held", "is_events", "is_other")

    def __init__(self) -> None:
        self._held = b""
        self.is_events = False
        self.is_other = False

    def feed(self, data: bytes) -> bytes:
        """Return all that has come so far; of another body, `LONGEST_BODY` or so."""
        if len(self._held) < LONGEST_BODY:
            self._held += data
        start = self._held.lstrip(b"\xef\xbb\xbf\r\n\t ")[:1]
        self.is_other = start in (b"{", b"[", b"<")
        self.is_events = bool(start) and not self.is_other
        return self._held
