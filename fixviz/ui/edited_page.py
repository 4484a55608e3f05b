"""Change the HTML of a page on its way to the browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Message, Scope, Send

_DROPPED: Final = (b"if-none-match", b"if-modified-since", b"accept-encoding")
"""Request headers that may make the response one that cannot be changed."""


def asks_for_page(scope: Scope) -> bool:
    """Return whether a browser asks for a page, and not for data, a module or a picture."""
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
        return False
    return "text/html" in Headers(scope=scope).get("accept", "")


def whole(scope: Scope) -> Scope:
    """Return the request in a form to which the response is the whole page, not packed."""
    # A copy in the browser's cache may lack the change, and a packed page has no place for it.
    kept = [(name, value) for name, value in scope["headers"] if name not in _DROPPED]
    return {**scope, "headers": kept}


class Edited:
    """Passes a response on; if it is a page, with its HTML changed by `edit`."""

    def __init__(self, send: Send, edit: Callable[[bytes], bytes]) -> None:
        self._send = send
        self._edit = edit
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        """Send what does not belong to a page at once, and a page when it is complete."""
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
        page = self._edit(self._body)
        headers = MutableHeaders(raw=list(start["headers"]))
        # They speak of the page without the change.
        del headers["etag"], headers["last-modified"]
        if self._body:
            headers["content-length"] = str(len(page))
        await self._send({**start, "headers": headers.raw})
        await self._send({"type": "http.response.body", "body": page})
