"""Tests talk to this machine alone: whatever reached further would be red where there is no network."""

import socket

HERE = ("127.", "::1", "localhost")
_connect = socket.socket.connect


class Away(AssertionError):
    """A test tried to reach another machine."""


def stay_here() -> None:
    """From now on no socket of this process is connected to another machine."""

    def connect(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else "localhost"  # a path is a file of this machine
        if not str(host).startswith(HERE):
            raise Away(f"{host} is another machine.")
        _connect(self, address)  # type: ignore[arg-type]

    socket.socket.connect = connect  # type: ignore[method-assign]
