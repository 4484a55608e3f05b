"""Find the addresses that the proxy and the servers listen at."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator

from fixviz.errors import OptionError

_LOOPBACK = "127.0.0.1"


def listening(address: str, port: int) -> tuple[str, ...]:
    """Return HOST:PORT for each address that a name stands for and that is free on this computer.

    Raises OptionError when there is none.
    """
    try:
        found = socket.getaddrinfo(
            address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE | socket.AI_ADDRCONFIG
        )
    except socket.gaierror as error:
        raise OptionError(
            f"{address!r} is no address of this computer ({error.strerror})."
        ) from None
    hosts = dict.fromkeys((family, str(where[0])) for family, _, _, _, where in found)
    free, problems = [], []
    for family, host in hosts:
        try:
            _try(family, host, port)
            free.append(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
        except OSError as error:
            problems.append(error)
    # Where somebody else has the port at one of the addresses, visitors would not know whom they meet. That
    # this computer lacks another address, such as one of IPv6, does no harm.
    taken = [error for error in problems if error.errno == errno.EADDRINUSE]
    if taken or not free:
        problem = (taken or problems)[0]
        raise OptionError(
            f"Port {port} of {address} cannot be used ({problem.strerror or problem}). Choose another one by "
            "--port."
        )
    return tuple(free)


def free_ports(after: int, count: int) -> list[int]:
    """Return ports of the loopback address that nobody uses, the first ones after a port."""
    return [port for port, _ in zip(_free(after + 1), range(count), strict=False)]


def _free(first: int) -> Iterator[int]:
    for port in (*range(first, 2**16), *range(2**10, first)):
        try:
            _try(socket.AF_INET, _LOOPBACK, port)
        except OSError:
            continue
        yield port


def _try(family: int, host: str, port: int) -> None:
    """Listen for a moment. Raises OSError."""
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
        probe.listen(1)
