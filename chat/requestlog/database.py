"""The one connection that a process writes its log through."""

from typing import Any

from django.db import connections

# How long to wait for a lock, an answer, a connection; who waits longer is spooled.
LOCK_SECONDS = 1
ANSWER_SECONDS = 5
CONNECT_SECONDS = 2


def use_own_connection() -> None:
    """Give the current thread a connection of its own, less patient than the others."""
    connection = connections.create_connection("default")
    settings = dict(connection.settings_dict)
    settings["OPTIONS"] = _impatient(connection.vendor, settings["OPTIONS"])
    connection.settings_dict = settings
    connections["default"] = connection


def _impatient(vendor: str, options: dict[str, Any]) -> dict[str, Any]:
    if vendor == "sqlite":
        return {**options, "timeout": LOCK_SECONDS}
    kept = {name: value for name, value in options.items() if name != "pool"}
    limits = (
        f"-c lock_timeout={LOCK_SECONDS * 1000}"
        f" -c statement_timeout={ANSWER_SECONDS * 1000}"
    )
    return {
        **kept,
        "connect_timeout": CONNECT_SECONDS,
        "tcp_user_timeout": ANSWER_SECONDS * 1000,
        "options": f"{kept.get('options', '')} {limits}".strip(),
    }
