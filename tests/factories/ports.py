"""Ports for the servers that tests start."""

import socket
from contextlib import suppress
from random import SystemRandom

# Below those that Linux gives to lines: one that is free now is not taken by another test's line meanwhile.
OWN = range(20_000, 32_000)


def free_ports(count: int) -> list[int]:
    """So many ports, no two the same."""
    ports: set[int] = set()
    while len(ports) < count:
        ports.add(free_port())
    return list(ports)


def free_port() -> int:
    """A port of this machine that nobody listens to."""
    while True:
        port = SystemRandom().choice(OWN)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
