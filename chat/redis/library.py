"""redis-py, imported when it is first used: without REDIS_URL nobody waits for that at
the start."""

from importlib import import_module
from typing import Any


def __getattr__(name: str) -> Any:
    return getattr(import_module("redis"), name)
