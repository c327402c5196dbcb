"""The suite runs on a machine without a network."""

import socket

import pytest

from tests.factories.network import Away


def test_no_test_reaches_another_machine():
    with socket.socket() as line, pytest.raises(Away):
        line.connect(("192.0.2.1", 80))  # RFC 5737: of documentation, nobody's
