"""URLs that no page of the app has: they get one sentence instead of an error inside the server."""

from __future__ import annotations

from typing import Final

from starlette.responses import JSONResponse, PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fixviz.ui.incidents import report

LONGEST_PATH: Final = 1000
"""Characters of a path; no URL of the app is longer."""
LONGEST_NAME: Final = 255
"""Bytes between two slashes, as in a name on a disk."""
LONGEST_QUERY: Final = 16_000
"""Bytes of a query; a view with all its parameters takes less than a tenth."""
_TOO_LONG: Final = 414
_BAD: Final = 400


class Requests:
    """ASGI middleware: refuses wrong URLs, and tells errors by their number."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or say what is wrong with its URL."""
        fault = fault_of(scope) if scope["type"] == "http" else None
        if fault is not None:
            status, sentence = fault
            await PlainTextResponse(f"{sentence}\n", status)(scope, receive, send)
            return
        begun = False

        async def note_begin(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, note_begin)
        except Exception as error:
            if begun or scope["type"] != "http":
                raise
            answer = JSONResponse({"error": report(error, "a request")}, 500)
            await answer(scope, receive, send)


def fault_of(scope: Scope) -> tuple[int, str] | None:
    """Return status and sentence for a URL that is refused; None for others."""
    if len(scope["path"]) > LONGEST_PATH or len(scope.get("query_string", b"")) > LONGEST_QUERY:
        return _TOO_LONG, "This URL is too long."
    if any(len(name.encode(errors="replace")) > LONGEST_NAME for name in scope["path"].split("/")):
        return _TOO_LONG, "This URL is too long."
    if not scope["path"].isprintable():
        return _BAD, "This URL holds characters that cannot be in a path."
    return None
