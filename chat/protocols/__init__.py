"""How callers speak: one module a dialect, and a row in `dialects`."""

from typing import Protocol

from chat.conversation import ChatRequest
from chat.event import Batch
from chat.failures import Failure
from chat.observation import Observation


class Writer(Protocol):
    """Writes one streamed answer, as bytes that go out as they are."""

    def frames(self, batch: Batch) -> bytes:
        """Return the events for the caller; a sign of life if there are none."""

    def done(self) -> bytes:
        """Return what tells the caller that the answer is whole."""

    def broken_off(self, failure: Failure) -> bytes:
        """Return what tells the caller that the rest of the answer will not come."""


class Dialect(Protocol):
    name: str
    stream_headers: dict[str, str]
    error_type: str  # the media type of what `error` returns

    def read(self, raw: bytes) -> ChatRequest:
        """Return what the caller asks. Raises Refused, naming the field."""

    def writer(self, asked: ChatRequest, request_id: str, seen: Observation) -> Writer:
        """Return the writer of one streamed answer."""

    def whole(self, completion: bytes) -> bytes:
        """Return Z.AI's whole answer as the caller wants it."""

    def error(self, failure: Failure, request_id: str) -> bytes:
        """Return the body of an answer that never began."""
