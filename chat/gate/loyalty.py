"""Who answered a conversation: Z.AI remembers there what was said, and charges a fifth
for it.

The processes of a host remember it together, in a small file: the next turn comes to
any of them. A conversation has one place there, which a later one may take.
"""

import logging
import mmap
import os
from hashlib import blake2b
from pathlib import Path

import msgspec

from chat.conversation import ChatRequest
from chat.gate.targets import Target

logger = logging.getLogger(__name__)

PLACES = 1 << 16
NAME_SIZE = 16
TARGET_SIZE = 8
PLACE_SIZE = NAME_SIZE + TARGET_SIZE
SIZE = PLACES * PLACE_SIZE


class Loyalty:
    """What is read while another process writes it is nobody's answer at worst."""

    def __init__(self, path: Path) -> None:
        """`path` is the file; where it cannot be used, this process remembers alone."""
        self._path = path
        self._places: mmap.mmap | bytearray | None = None

    def note(self, asked: ChatRequest, target: Target) -> None:
        name, where = _place_of(asked)
        self._open()[where : where + PLACE_SIZE] = name + _digest(target)

    def put_first(self, asked: ChatRequest, targets: list[Target]) -> list[Target]:
        """Return `targets` with that first which answered the conversation before."""
        name, where = _place_of(asked)
        found = bytes(self._open()[where : where + PLACE_SIZE])
        if found[:NAME_SIZE] != name:
            return targets
        return sorted(targets, key=lambda each: _digest(each) != found[NAME_SIZE:])

    def _open(self) -> mmap.mmap | bytearray:
        if self._places is None:
            try:
                self._places = _map(self._path)
            except OSError as error:
                logger.warning(
                    "Who answered a conversation no other process knows: %s",
                    error.strerror,
                )
                self._places = bytearray(SIZE)
        return self._places


def _map(path: Path) -> mmap.mmap:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if hasattr(os, "posix_fallocate"):
            # Or a write to memory on a disk that is full would kill the process.
            os.posix_fallocate(file, 0, SIZE)
        elif os.fstat(file).st_size < SIZE:
            os.truncate(file, SIZE)
        return mmap.mmap(file, SIZE)
    finally:
        os.close(file)


def _digest(target: Target) -> bytes:
    text = f"{target.key}\n{target.model.lower()}"
    return blake2b(
        text.encode(errors="surrogatepass"), digest_size=TARGET_SIZE
    ).digest()


def _place_of(asked: ChatRequest) -> tuple[bytes, int]:
    """Return the name of a conversation, by how it began: with what its first user
    said; and where it is remembered."""
    beginning = []
    for message in asked.messages:
        beginning.append(message.get("content"))
        if message.get("role") == "user":
            break
    encoded = msgspec.json.encode([asked.model, beginning])
    name = blake2b(encoded, digest_size=NAME_SIZE).digest()
    return name, int.from_bytes(name[:8]) % PLACES * PLACE_SIZE
