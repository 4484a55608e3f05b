"""Headers with which a browser fetches what a page shows beside Streamlit's own files, not after them.

Streamlit starts its script, and the script mounts the viewer or the course, only once its own bundles have
run. A `Link` header on the page lets the browser fetch their modules and data meanwhile (HTML standard,
"preload" and "modulepreload"). It is a hint only: without it, the same is fetched a little later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fixviz.ui import urls

Hints = Callable[[Mapping[str, str], Headers], list[str]]
"""Returns the values of the Link header for a page with these query parameters and request headers."""


class Preload:
    """ASGI middleware: adds the hints to the pages that have some."""

    def __init__(self, app: ASGIApp, pages: Mapping[str, Hints]) -> None:
        """Make the middleware. pages: the hints of each page by its name, such as "watch"."""
        self.app = app
        self.pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with the hints added to an answer that is such a page."""
        hints = self.pages.get(_page(scope["path"])) if scope["type"] == "http" else None
        if hints is None:
            await self.app(scope, receive, send)
            return

        async def send_with_hints(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    parameters = QueryParams(scope["query_string"])
                    found = await run_in_threadpool(hints, parameters, Headers(scope=scope))
                    headers["Link"] = ", ".join(found)
            await send(message)

        await self.app(scope, receive, send_with_hints)


def module(url: str) -> str:
    """Return the hint of a JavaScript module."""
    return f"<{url}>; rel=modulepreload"


def style(url: str) -> str:
    """Return the hint of a style sheet."""
    return f"<{url}>; rel=preload; as=style"


def fetched(url: str) -> str:
    """Return the hint of what is fetched by fetch() in its default mode."""
    return f"<{url}>; rel=preload; as=fetch; crossorigin"


def _page(path: str) -> str:
    return path.removeprefix(urls.base()).strip("/")
