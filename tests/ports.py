"""Ports for the servers that tests start."""

from __future__ import annotations

import itertools
import os
import socket
from collections.abc import Iterator

_FIRST, _EACH = 20_000, 1_000
"""Below the ports that systems give to outgoing connections, with a part for each process of pytest -n."""


def _numbers() -> Iterator[int]:
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    for number in itertools.count(os.getpid()):
        yield _FIRST + _EACH * (worker % 12) + number % _EACH


_ports = _numbers()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on, and that nothing else takes until a server does.

    The system's own choice, port 0, may go to a browser's connection while the server still starts.
    """
    for port in _ports:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError("there is always another number")
