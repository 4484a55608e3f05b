"""A plain file server, such as any web host has."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing on the terminal."""


class _Unpacking(_Quiet):
    """Takes packed files for packed responses."""

    def end_headers(self) -> None:
        if self.path.split("?")[0].endswith(".bin"):
            self.send_header("Content-Encoding", "gzip")
        super().end_headers()


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Say nothing of browsers that go away while they are sent something."""


@contextmanager
def served_files(root: Path, unpacks: bool = False) -> Iterator[str]:
    """Serve a folder as `python -m http.server` does. Yields its URL, without a slash at its end.

    A host that `unpacks` sends packed files as packed responses, and the browser unpacks them.
    """
    handler = partial(_Unpacking if unpacks else _Quiet, directory=str(root))
    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
