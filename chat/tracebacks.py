"""Where a failure passed through, which leads to all that was known there."""


def forget_frames(error: BaseException | None) -> None:
    """Let go of what `error` passed through: what stands there may be in a cycle."""
    while error:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__
