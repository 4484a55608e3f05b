"""A learning platform on this computer: another site, whose pages show the app in a frame."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

LESSON = """<!doctype html><title>Lesson</title><h1>Week 3</h1>
<iframe src="{src}" title="fixviz" width="800" height="600" allow="fullscreen; clipboard-write"></iframe>"""


@dataclass(frozen=True)
class Platform:
    """A site that shows the app in a frame."""

    port: int

    def url(self, host: str, src: str) -> str:
        """The page of a lesson, with `src` in its frame. host: a name of this computer."""
        return f"http://{host}:{self.port}/?{src}"


class Lesson(http.server.BaseHTTPRequestHandler):
    """Any URL is a page with the app in a frame; its query is the frame's URL."""

    def do_GET(self) -> None:
        """Answer with the page, or with one that comes before it."""
        src = self.path.partition("?")[2]
        body = (LESSON.format(src=src) if src else "<!doctype html><h1>Course</h1>").encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def lessons() -> Iterator[Platform]:
    """The platform, on a free port."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Lesson)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Platform(server.server_address[1])
    server.shutdown()
