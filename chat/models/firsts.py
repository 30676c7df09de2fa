"""When an answer first gave a sign of life, and when it had a first word."""


def firsts(
    first_sign_ms: int | None, first_word_ms: int | None
) -> tuple[int | None, int | None]:
    """Return the first sign of a row and its first word; None where it is not known.

    An older version noted as first word what came first of all, be it a thought, and no
    sign beside it. Where a word is noted today there was a sign before it.
    """
    if first_sign_ms is None:
        return first_word_ms, None
    return first_sign_ms, first_word_ms
