from enum import StrEnum


class Ending(StrEnum):
    """How an exchange ended. Every exchange has exactly one."""

    COMPLETED = "completed"
    CLIENT_DISCONNECTED = "client_disconnected"
    STOPPED = "stopped"
    REFUSED = "refused"
    UPSTREAM_REJECTED = "upstream_rejected"
    UPSTREAM_FAILED = "upstream_failed"
    UPSTREAM_TIMEOUT = "upstream_timeout"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
