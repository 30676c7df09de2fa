"""Whether this process has had a browser: its event loop goes on in it."""

_begun = False


def begin() -> None:
    global _begun
    _begun = True


def is_begun() -> bool:
    return _begun
