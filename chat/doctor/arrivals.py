"""What came over one stream, piece by piece, and when."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
from multidict import CIMultiDict, CIMultiDictProxy

from chat.protocols.native import DONE

READABLE = ("gzip", "x-gzip", "deflate", "identity", "")


@dataclass
class Frame:
    """One frame: a comment has no `fields`."""

    at: float
    text: bytes
    fields: dict[str, Any] | None = None

    @property
    def is_comment(self) -> bool:
        return self.text.startswith(b":")


@dataclass
class Arrivals:
    """Times are by our clock. `broke` says how it ended, unless all of it came."""

    asked: float = 0.0
    answered: float | None = None  # when the headers were there
    ended: float = 0.0
    status: int = 0
    headers: CIMultiDictProxy[str] = field(
        default_factory=lambda: CIMultiDictProxy(CIMultiDict())
    )
    pieces: list[tuple[float, bytes]] = field(default_factory=list)
    broke: str = ""

    @property
    def encoding(self) -> str:
        return self.headers.get("Content-Encoding", "").lower().strip()

    @property
    def is_stream(self) -> bool:
        kind = self.headers.get("Content-Type", "")
        return self.status == 200 and kind.startswith("text/event-stream")

    @property
    def other_answer(self) -> str:
        """What came in the place of a stream; empty if nothing or a stream did."""
        if not self.answered or self.is_stream:
            return ""
        kind = self.headers.get("Content-Type", "no type")
        return f"HTTP status {self.status} ({kind}) {_message(self.body)}".rstrip()

    @property
    def is_whole(self) -> bool:
        return self.is_stream and any(f.text + b"\n\n" == DONE for f in self.frames())

    @property
    def body(self) -> bytes:
        return b"".join(text for _, text in self._decoded())

    @property
    def last_sign(self) -> float:
        """When something came last, or when we asked."""
        return max([self.asked, self.answered or 0.0, *(at for at, _ in self.pieces)])

    def frames(self) -> list[Frame]:
        frames, rest = [], b""
        for at, text in self._decoded():
            *whole, rest = (rest + text).replace(b"\r\n", b"\n").split(b"\n\n")
            frames += [Frame(at, frame, _fields(frame)) for frame in whole]
        return frames

    def comments(self, text: bytes) -> list[float]:
        """When the comments that read `text` came."""
        return [frame.at for frame in self.frames() if frame.text == text.strip()]

    def _decoded(self) -> Iterator[tuple[float, bytes]]:
        """The pieces, decompressed as far as they had come; nothing if unreadable."""
        if self.encoding not in READABLE:
            return
        if self.encoding in ("", "identity"):
            yield from self.pieces
            return
        decoder = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
        for at, piece in self.pieces:
            try:
                yield at, decoder.decompress(piece)
            except zlib.error:
                return


def _message(body: bytes) -> str:
    """The service's own words, if it is its refusal."""
    try:
        message = msgspec.json.decode(body)["error"]["message"]
    except (msgspec.DecodeError, UnicodeError, TypeError, KeyError):
        return ""
    return str(message)


def _fields(frame: bytes) -> dict[str, Any] | None:
    if not frame.startswith(b"data:"):
        return None
    try:
        fields = msgspec.json.decode(frame[5:])
    except msgspec.DecodeError:
        return None
    return fields if isinstance(fields, dict) else None
