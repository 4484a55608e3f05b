"""The static site on a plain file server, below a path, with nothing else in reach."""

from __future__ import annotations

import gzip
import re
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Route

from tests.browser.conftest import BUSY_MS

_PACKED = (".bin", ".json", ".webp")
BELOW = "school/courses/attention"


@dataclass
class Visit:
    """A visitor of the site: what went wrong, and what was fetched."""

    page: Page
    faults: list[str] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    """Requests that would have left the site's folder; they were stopped."""
    fetched: list[Any] = field(default_factory=list)

    def packed_bytes(self) -> int:
        """Bytes of what the page in view has fetched, packed as most hosts would send it."""
        # The browser forgets what it gave to a worker, so the files are asked for again.
        names = {response.url.split("?")[0] for response in self.fetched if response.ok}
        names = {name for name in names if name.startswith("http")}
        bodies = {name: urllib.request.urlopen(name).read() for name in names}
        return sum(
            len(body if name.endswith(_PACKED) else gzip.compress(body))
            for name, body in bodies.items()
        )


@contextmanager
def visit(
    browser: Browser, url: str, width: int = 1280, scheme: Any = "light", **options: Any
) -> Iterator[Visit]:
    """Open a page for somebody new, who can reach only what lies below `url`. No page may log an error."""
    size: Any = {"width": width, "height": 900}
    context = browser.new_context(viewport=size, color_scheme=scheme, **options)
    context.set_default_timeout(BUSY_MS)
    page = context.new_page()
    seen = Visit(page)

    def stop(route: Route) -> None:
        seen.strays.append(route.request.url)
        route.abort()

    def note_request(request: Request) -> None:
        # The bytes of an earlier page are gone.
        if request.is_navigation_request():
            seen.fetched.clear()

    def note_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            seen.faults.append(message.text)

    # A pattern that names strays alone: no request of the site waits for Python.
    context.route(re.compile(rf"^(?!{re.escape(url)}/)"), stop)
    page.on("request", note_request)
    page.on("response", lambda response: seen.fetched.append(response))
    page.on("console", note_console)
    page.on("pageerror", lambda error: seen.faults.append(str(error)))
    try:
        yield seen
    finally:
        # What is asked for at the very end goes unanswered.
        context.unroute_all(behavior="ignoreErrors")
        context.close()
    assert seen.strays == [], seen.strays
    assert seen.faults == [], seen.faults
