"""Start an engine, several servers and a proxy; keep them running, and end them together."""

from __future__ import annotations

import http.client
import logging
import os
import secrets
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from fixviz import logs
from fixviz.errors import JobError, OptionError
from fixviz.metrics import FOLDER_VARIABLE
from fixviz.servers import proxy, variables
from fixviz.servers.addresses import free_ports, listening
from fixviz.servers.children import Child
from fixviz.servers.site import Site
from fixviz.settings import Settings

_log = logging.getLogger(__name__)
_LOOK_S: Final = 0.2
_READY_S: Final = 120.0
_END_S: Final = 10.0
_SECRET_VARIABLE: Final = "STREAMLIT_SERVER_COOKIE_SECRET"
_TRUSTED_VARIABLE: Final = "FORWARDED_ALLOW_IPS"
_LOOPBACK: Final = "127.0.0.1"
_BODY: Final = 1.2
"""Largest body that the proxy passes, as a multiple of the largest file: the app has a better sentence."""


def run_servers(
    count: int,
    port: int,
    address: str,
    base_path: str,
    *,
    with_proxy: proxy.Name | None = None,
    on_ready: Callable[[Sequence[int]], None] = lambda _ports: None,
) -> None:
    """Run `count` servers behind one address until SIGINT, SIGTERM or SIGHUP.

    base_path: without slashes at its ends. with_proxy: None takes what is installed. on_ready: called with
    the servers' ports on 127.0.0.1 when all answer. Raises OptionError for what cannot be started here,
    JobError when a process ends again and again.
    """
    if not hasattr(socket, "AF_UNIX") or sys.platform == "win32":
        raise OptionError("Several servers run on Linux and macOS only; leave out --servers.")
    settings = Settings.from_env()
    logs.configure(settings)
    name, program = proxy.find(with_proxy)
    listen = listening(address, port)
    ports = free_ports(port, count)
    base = f"/{base_path}" if base_path else ""
    trusted = _trusted(os.environ)
    site = Site(
        listen=listen,
        base=base,
        servers=tuple(f"{_LOOPBACK}:{one}" for one in ports),
        body_mb=int(_BODY * max(settings.max_upload_mb, settings.max_checkpoint_mb)) + 1,
        trusted=trusted,
    )
    with _ending() as ended, tempfile.TemporaryDirectory(prefix="fixviz-") as made:
        folder = Path(made)
        numbers = folder / "metrics"
        numbers.mkdir()
        counting = {FOLDER_VARIABLE: str(numbers)} if settings.metrics else {}
        children = _children(folder, ports, base_path, trusted, counting)
        found = proxy.write(name, program, site, folder)
        before = Child(found.name, found.command, found.environment, orphaned=found.end_signal)
        try:
            _run(children, before, site, ended, lambda: on_ready(ports))
        finally:
            # The proxy first, so that nobody is led to a server that has just ended.
            _end([before], ended)
            _end(children, ended)


def _children(
    folder: Path,
    ports: Sequence[int],
    base_path: str,
    trusted: Sequence[str],
    counting: Mapping[str, str],
) -> list[Child]:
    """Return the engine and the servers, which are not started yet. counting: the variable for metrics."""
    engine_socket = folder / "engine"
    python = (sys.executable, "-m")
    shared = {
        **counting,
        variables.ENGINE: str(engine_socket),
        variables.COUNT: str(len(ports)),
        _SECRET_VARIABLE: os.environ.get(_SECRET_VARIABLE) or secrets.token_hex(32),
        _TRUSTED_VARIABLE: "*" if "*" in trusted else ",".join(trusted),
    }
    engine = Child(
        "engine",
        (*python, "fixviz.servers.engine_process", str(engine_socket)),
        counting,
        orphaned=signal.SIGKILL,
    )
    servers = [
        Child(
            f"server {number}",
            (*python, "fixviz.servers.app_server", str(port), base_path),
            shared,
            orphaned=signal.SIGKILL,
        )
        for number, port in enumerate(ports, 1)
    ]
    return [engine, *servers]


def _trusted(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return whose X-Forwarded headers count, as one server would take them, and the proxy's own address."""
    named = environment.get(_TRUSTED_VARIABLE, "").split(",")
    return tuple(dict.fromkeys((_LOOPBACK, *filter(None, map(str.strip, named)))))


def _run(
    children: Sequence[Child],
    before: Child,
    site: Site,
    ended: threading.Event,
    on_ready: Callable[[], None],
) -> None:
    """Start the children, then the proxy before them, and keep all running until `ended` is set."""
    for child in children:
        child.start()
    if not _wait_for(site.servers, site.base, children, ended):
        return
    before.start()
    everybody = (*children, before)
    if not _wait_for([_reachable(site.listen[0])], site.base, everybody, ended):
        return
    on_ready()
    while not ended.wait(_LOOK_S):
        for child in everybody:
            child.mend()


def _wait_for(
    addresses: Sequence[str], base: str, children: Sequence[Child], ended: threading.Event
) -> bool:
    """Wait until all addresses answer, and return True; False when `ended` is set before."""
    until = time.monotonic() + _READY_S
    missing = list(addresses)
    while missing and not ended.wait(_LOOK_S):
        for child in children:
            child.mend()
        missing = [at for at in missing if not _answers(at, f"{base}/_stcore/health")]
        if missing and time.monotonic() > until:
            raise JobError(f"{missing[0]} does not answer after {_READY_S:.0f} s.")
    return not missing


def _reachable(listen: str) -> str:
    """Return where this computer reaches what listens at all of its addresses."""
    return listen.replace("0.0.0.0:", f"{_LOOPBACK}:").replace("[::]:", "[::1]:")


def _answers(where: str, path: str) -> bool:
    connection = http.client.HTTPConnection(where, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@contextmanager
def _ending() -> Iterator[threading.Event]:
    """Yield an event that is set when the command is asked to end."""
    ended = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {
        number: signal.signal(number, lambda _number, _frame: ended.set()) for number in numbers
    }
    try:
        yield ended
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(children: Sequence[Child], asked: threading.Event) -> None:
    """End all children: at once after some seconds, or when the command is asked a second time."""
    asked.clear()
    for child in children:
        child.terminate()
    until = time.monotonic() + _END_S
    while not all(child.has_ended() for child in children):
        if time.monotonic() > until or asked.is_set():
            for child in children:
                child.kill()
        time.sleep(0.05)
