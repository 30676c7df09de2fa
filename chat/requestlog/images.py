"""Images and other files inside a text, of which the log keeps size and hash."""

import binascii
import re
from hashlib import sha256

# Larger ones are not kept. A small one takes a row of 64 KB at most.
LONGEST_KEPT = 64 * 1024
# A pattern goes through a megabyte in some 8 ms, in which no other thread runs.
LONGEST_SEARCHED = 1024 * 1024
EMBEDDED = re.compile(r"data:([A-Za-z0-9.+/-]{1,80});base64,([A-Za-z0-9+/=]{1000,})")
WHOLE = re.compile(r"data:([A-Za-z0-9.+/-]{0,80})([^,]{0,100}),")
SLICE = 256 * 1024


def without_files(text: str, longest: float = LONGEST_KEPT) -> str:
    """Return `text` with a note for each `data:` URL, longer than `longest`, in it.

    In a text longer than `LONGEST_SEARCHED` none is looked for: cut it first.
    """
    if len(text) <= longest:
        return text
    # To look through 20 MB for five letters takes 80 ms, in which no other thread runs.
    is_short = len(text) <= LONGEST_SEARCHED
    if not ("data:" in text if is_short else text.startswith("data:")):
        return text
    if (found := WHOLE.match(text)) and len(text.split(None, 1)) == 1:
        data = text[found.end() :]
        return _note(found[1], data, is_base64=found[2].endswith(";base64"))
    if not is_short:
        return text
    return EMBEDDED.sub(
        lambda found: (
            found[0] if len(found[2]) <= longest else _note(found[1], found[2])
        ),
        text,
    )


def _note(kind: str, data: str, is_base64: bool = True) -> str:
    size, digest = _digest(data) if is_base64 else _digest_of_text(data)
    shown = f"{size / 1000:,.0f} kB" if size >= 1000 else f"{size} bytes"
    return f"[{kind or 'a file'}, {shown}, sha256 {digest}]"


def _digest(data: str) -> tuple[int, str]:
    """The size and hash of the file itself; of what stands for it, if it is none.

    In slices, so that other threads run meanwhile.
    """
    hashed, size = sha256(), 0
    try:
        for start in range(0, len(data), SLICE):
            some = binascii.a2b_base64(data[start : start + SLICE])
            hashed.update(some)
            size += len(some)
    except ValueError:
        return _digest_of_text(data)
    return size, hashed.hexdigest()


def _digest_of_text(text: str) -> tuple[int, str]:
    return len(text), sha256(text.encode(errors="replace")).hexdigest()
