"""How callers speak: one module a dialect."""

from typing import Protocol

from chat.conversation import ChatRequest
from chat.event import Batch
from chat.failures import Failure


class Dialect(Protocol):
    """Body in; events, endings and errors out, as bytes."""

    name: str

    def read(self, body: bytes) -> ChatRequest:
        """Return what the caller asks. Raises Refused, naming the field."""

    def frames(self, batch: Batch) -> bytes:
        """Return the events for the caller; a sign of life if there are none."""

    def done(self) -> bytes:
        """Return what tells the caller that the answer is whole."""

    def broken_off(self, failure: Failure, request_id: str) -> bytes:
        """Return what tells the caller that the rest of the answer will not come."""

    def error(self, failure: Failure, request_id: str) -> bytes:
        """Return the JSON body of an answer that never began."""
