"""How callers speak: one module a dialect, and a row in `dialects`."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from chat.conversation import ChatRequest
from chat.event import Batch
from chat.failures import Failure
from chat.observation import Observation
from chat.protocols.sse import OPENING as OPENING


class Writer(Protocol):
    """Writes one streamed answer, as bytes that go out as they are."""

    def frames(self, batch: Batch) -> bytes:
        """Return the events for the caller."""

    def heartbeat(self) -> bytes:
        """Return a sign of life, for a caller who would hear nothing else."""

    def done(self) -> bytes:
        """Return what tells the caller that the answer is whole."""

    def broken_off(self, failure: Failure) -> bytes:
        """Return what tells the caller that the rest of the answer will not come."""


class Dialect(Protocol):
    """Subclass it, and give what is without a value; the values here are for SSE."""

    name: str  # in the request log; 20 characters at most
    # A Next.js rewrite holds the headers back until the first byte of the body.
    opening: bytes = OPENING
    stream_headers: Mapping[str, str] = MappingProxyType({})
    error_type: str = "application/json"  # the media type of what `error` returns

    def read(self, raw: bytes) -> ChatRequest:
        """Return what the caller asks. Raises Refused, naming the field."""

    def writer(self, asked: ChatRequest, request_id: str, seen: Observation) -> Writer:
        """Return the writer of one streamed answer."""

    def whole(self, completion: bytes) -> bytes:
        """Return Z.AI's whole answer as the caller wants it."""
        return completion

    def error(self, failure: Failure, request_id: str) -> bytes:
        """Return the body of an answer that never began."""

    def error_headers(self, failure: Failure) -> Mapping[str, str]:
        """Return what is in its head beside what every dialect has there."""
        return {}
