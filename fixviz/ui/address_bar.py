"""What the server does so that URLs, links and the browser's history work as people expect.

Watch has a URL of its own, /watch: Streamlit gives its first page an empty name, and a link to an empty
name leads to the page on which it stands. And every page contains history.js, which runs before
Streamlit's scripts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fixviz.ui import urls

HOME: Final = "watch"
_SCRIPT: Final = (Path(__file__).resolve().parent / "history.js").read_bytes()
_DROPPED: Final = (b"if-none-match", b"if-modified-since", b"accept-encoding")
"""Request headers that may make the response one into which the script cannot be put."""


class AddressBar:
    """ASGI middleware: leads from / to Watch, and puts the script into every page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Redirect a request for the first page to Watch; pass other requests on."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        if scope["path"].rstrip("/") == urls.base():
            parameters = scope["query_string"].decode("latin-1")
            there = f"{urls.base()}/{HOME}" + (f"?{parameters}" if parameters else "")
            await RedirectResponse(there, 307)(scope, receive, send)
            return
        if "text/html" in Headers(scope=scope).get("accept", ""):
            # A copy in the browser's cache may lack the script, and a packed page has no place for it.
            kept = [(name, value) for name, value in scope["headers"] if name not in _DROPPED]
            await self.app({**scope, "headers": kept}, receive, _WithScript(send))
            return
        await self.app(scope, receive, send)


class _WithScript:
    """Passes a response on; if it is a page, with the script in its head."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = Headers(raw=message["headers"])
            if headers.get("content-type", "").startswith("text/html"):
                self._start = message
                return
        if self._start is None or message["type"] != "http.response.body":
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if message.get("more_body", False):
            return
        await self._send_page(self._start)

    async def _send_page(self, start: Message) -> None:
        page = self._body.replace(b"<head>", b"<head><script>" + _SCRIPT + b"</script>", 1)
        headers = MutableHeaders(raw=list(start["headers"]))
        # They speak of the page without the script.
        del headers["etag"], headers["last-modified"]
        if self._body:
            headers["content-length"] = str(len(page))
        await self._send({**start, "headers": headers.raw})
        await self._send({"type": "http.response.body", "body": page})
