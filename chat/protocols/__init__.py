"""How callers speak: one module a dialect, and a row in `dialects`."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from types import MappingProxyType

from chat.conversation import ChatRequest, Message
from chat.event import Batch
from chat.failures import Failure
from chat.observation import Observation
from chat.protocols.sse import OPENING as OPENING
from chat.protocols.sse import queued


class Writer(ABC):
    """Writes one streamed answer, as bytes that go out as they are."""

    __slots__ = ()

    @abstractmethod
    def frames(self, batch: Batch) -> bytes:
        """Return the frames for the caller of a batch that has events."""

    @abstractmethod
    def heartbeat(self) -> bytes:
        """Return a sign of life, for a caller who would hear nothing else."""

    def queued(self, position: int, seconds: int | None) -> bytes:
        """Return what tells where the caller stands in line for Z.AI, before an answer.

        `position` 1 is next; `seconds` is about how long it will take, if known.
        """
        return queued(position, seconds)

    @abstractmethod
    def done(self) -> bytes:
        """Return what tells the caller that the answer is whole."""

    @abstractmethod
    def broken_off(self, failure: Failure) -> bytes:
        """Return what tells the caller that the rest of the answer will not come."""


class Told(ABC):
    """In whose words somebody is told that there is no answer."""

    error_type: str = "application/json"  # the media type of what `error` returns

    @abstractmethod
    def error(self, failure: Failure, request_id: str) -> bytes:
        """Return the body of an answer that never began."""

    def error_headers(self, failure: Failure) -> Mapping[str, str]:
        """Return what is in its head beside what every dialect has there."""
        return {}

    def quota_headers(
        self, limit: int, remaining: int, reset: int
    ) -> Mapping[str, str]:
        """Return how requests a minute stand, for clients who look elsewhere than at
        `RateLimit`. `reset`: in so many seconds there is room again."""
        return {}


class Dialect(Told):
    """Subclass it, and give what is abstract; the values here are for SSE.

    One that lacks something cannot be made, and so the table of dialects cannot be
    imported: the service does not start.
    """

    # Sent only where no event is there yet: a Next.js rewrite holds the headers back
    # until the first byte of the body, and some clients take a comment for an event.
    opening: bytes = OPENING
    stream_headers: Mapping[str, str] = MappingProxyType({})
    # Whether its clients come back by themselves for an answer that was cut off.
    comes_back: bool = False

    @property
    @abstractmethod
    def name(self) -> str:
        """Its name in the request log: 20 characters at most, in a class attribute."""

    @abstractmethod
    def read(self, raw: bytes) -> ChatRequest:
        """Return what the caller asks. Raises Refused, naming the field."""

    def refers_to(self, raw: bytes) -> Collection[str]:
        """Return the ids of earlier requests whose answers `raw` names and does not
        tell; none for a dialect that has no such references."""
        return ()

    def read_with(self, raw: bytes, answers: Mapping[str, Message]) -> ChatRequest:
        """Return what the caller asks, with those of the answers it refers to that are
        kept, by their requests' ids. Raises Refused where one is needed and not there.
        """
        return self.read(raw)

    def unknown(self) -> ChatRequest:
        """Return what stands for a question that is not known here, for `writer`."""
        return ChatRequest([], "", stream=True)

    @abstractmethod
    def writer(
        self, chat_request: ChatRequest, request_id: str, observation: Observation
    ) -> Writer:
        """Return the writer of one streamed answer.

        `observation` tells what was seen of the answer so far, whenever it is asked.
        """

    def whole(
        self, completion: bytes, chat_request: ChatRequest, request_id: str
    ) -> bytes:
        """Return Z.AI's whole answer as the caller wants it. Raises UpstreamFailed."""
        return completion
