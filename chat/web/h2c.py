"""The offer of HTTP/2 that Java's HttpClient makes with its first request to a host.

The parser takes what follows such a head for another protocol, and the body is lost. A
server may ignore the offer (RFC 7230, 6.7): without its name it is none.
"""

import re
from typing import NamedTuple

END = b"\r\n\r\n"
OFFER = re.compile(rb"(?<=\n)upgrade(?=:[ \t]{0,8}h2c[ \t]{0,8}\r)", re.IGNORECASE)
IGNORED = b"x-offer"
LONGEST_LINE = len(b"upgrade:") + 8 + len(b"h2c") + 8


class Cut(NamedTuple):
    """Where a head was cut: `held` waits for more, `edge` went before that."""

    held: bytes = b""
    edge: bytes = b""


def may_offer(data: bytes, cut: Cut | None) -> bool:
    """Whether a look is worth it; of nearly all heads it is not."""
    # Not by `in`, for which Python 3.11 makes and drops a TypeError first (`sse.LF`).
    return data.find(b"h2c") >= 0 or data.find(END) < 0 or cut is not None


def without_offer(data: bytes, cut: Cut | None) -> tuple[bytes, Cut | None]:
    """Return `data`, a piece of a head, without the offer, and where the head is cut.

    A line that may become the offer is held back: a head may be cut anywhere.
    """
    held, edge = cut or Cut()
    joined = edge + held + data
    if (at := joined.find(END)) >= 0:
        end = at + len(END)
        return (_rename(joined[:end]) + joined[end:])[len(edge) :], None
    _, begun, line = joined.rpartition(b"\n")
    kept = len(joined)
    if begun and len(line) <= LONGEST_LINE and _may_become_offer(line):
        kept -= len(line)
    sent = _rename(joined[:kept])
    return sent[len(edge) :], Cut(joined[kept:], sent[-3:])


def _rename(head: bytes) -> bytes:
    return OFFER.sub(IGNORED, head)


def _may_become_offer(line: bytes) -> bool:
    name, colon, _ = line.lower().partition(b":")
    return name == b"upgrade" if colon else b"upgrade".startswith(name or b"-")
