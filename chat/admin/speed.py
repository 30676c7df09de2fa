from chat.models import RequestLog

# An answer that came in one piece says nothing about the speed of its writing.
LEAST_MS = 50


def tokens_a_second(request: RequestLog) -> float | None:
    """How fast the answer was written, reasoning included; None if it is not known."""
    tokens, end = request.completion_tokens, request.duration_ms
    start = request.first_event_ms
    if not tokens or start is None or end is None or end - start < LEAST_MS:
        return None
    return tokens * 1000 / (end - start)
