"""Ports for what a test starts as a process of its own."""

import random
import socket

# Below those that systems give to whoever connects (Linux: from 32768 on): a process
# needs seconds until it listens, and nobody takes its port from it meanwhile.
_PORTS = range(12_000, 32_000)
_given: set[int] = set()
_chance = random.SystemRandom()  # other test runs, and a seeded one, choose others


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on, and another one each time."""
    while True:
        port = _chance.choice(_PORTS)
        if port in _given:
            continue
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        _given.add(port)
        return port


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
