"""What the kernel knows of a caller's connection, and how much it takes for them."""

import asyncio
import socket
import struct
import sys
from contextlib import suppress
from typing import NamedTuple

# How much may wait in the kernel for a caller who takes nothing; it would take
# megabytes. What is under way to a caller is not limited by this, nor is their speed.
UNSENT_BYTES = 16 * 1024
# struct tcp_info of Linux: packets under way, bytes taken, bytes that wait.
_INFO = struct.Struct("=24xI92xQ16xI")
_CAN_LOOK = sys.platform == "linux"


class Taken(NamedTuple):
    """How many bytes the caller's side has taken of the connection's.

    `is_full`: all that was sent is there, and it allows no more; nothing is lost on
    the way.
    """

    total: int
    is_full: bool


def number_of(transport: asyncio.BaseTransport) -> int | None:
    """Return the descriptor of a connection; None if it has none any more."""
    connection = transport.get_extra_info("socket")
    number = -1 if connection is None else connection.fileno()
    return number if number >= 0 else None


def keep_little(transport: asyncio.BaseTransport) -> None:
    """Have the kernel hold little for a caller who does not take it."""
    if (number := number_of(transport)) is None or not hasattr(
        socket, "TCP_NOTSENT_LOWAT"
    ):
        return
    connection = _borrowed(number)
    try:
        with suppress(OSError):  # a Unix socket has no such option
            connection.setsockopt(
                socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES
            )
    finally:
        connection.detach()


def read_taken(transport: asyncio.BaseTransport) -> Taken | None:
    """Return what the caller's side has taken; None where the kernel does not tell."""
    if not _CAN_LOOK or (number := number_of(transport)) is None:
        return None
    connection = _borrowed(number)
    try:
        info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO.size)
    except OSError:
        return None
    finally:
        connection.detach()
    if len(info) < _INFO.size:
        return None  # a kernel of before 2016
    under_way, total, waiting = _INFO.unpack(info)
    return Taken(total, is_full=not under_way and waiting > 0)


def _borrowed(number: int) -> socket.socket:
    # uvloop's own socket object knows no options. The family is not looked at.
    return socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, fileno=number)
