"""What befalls bytes on their way."""

import random

PIECES = [b"\x00", b"\xff", b"\xed\xa0\x80", b"\xc0\xaf", b"\xef\xbb\xbf", b"\r\n\r\n"]
PIECES += [b"\n", b"\r", b"\xe2\x80\xa8", b"\xf4\x90\x80\x80", b"\x1b[2J", b'"', b"\\"]
PIECES += [b"{", b"}", b"[", b"]", b",", b":", b"data: ", b"0\r\n\r\n", b"\\u0000"]


def noisy(data: bytes, chance: random.Random, times: int = 1) -> bytes:
    """The bytes with so many faults in them: cut, flipped, doubled, strange ones."""
    for _ in range(times):
        at = chance.randrange(len(data) + 1)
        action = chance.randrange(7)
        if action == 0:
            data = data[:at]
        elif action == 1 and at < len(data):
            data = data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at:]
        elif action == 2:
            data = data[:at] + data[at + chance.randrange(1, 20) :]
        elif action == 3:
            data = data[:at] + data[at : at + 30] * chance.choice([2, 50]) + data[at:]
        elif action == 4:
            data = chance.choice(PIECES) + data
        elif action == 5:
            data = data + chance.choice(PIECES)
        else:
            data = data[:at] + chance.choice(PIECES) + data[at:]
    return data
