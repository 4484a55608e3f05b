"""What the server does so that URLs, links and the browser's history work as people expect.

Watch has a URL of its own, /watch. In earlier versions a URL without a page led there, so a link such as
/?run=... still does; without a run it is the start page. A page is directly below the app's path, and not
inside another: /lab leads to /lab/, and /watch/ to /watch. And every page contains backend.js
and history.js, the start page also slash.js, which run before Streamlit's scripts.

All redirects are relative: a proxy may have taken a prefix off that only the browser knows.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from starlette.datastructures import QueryParams
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from fixviz.ui import urls
from fixviz.ui.edited_page import Edited, asks_for_page, whole

WATCH: Final = "watch"
OF_WATCH: Final = ("run", "job", "sample")
"""Query parameters with which a URL without a page leads to Watch."""
_HERE: Final = Path(__file__).resolve().parent
_CODE: Final = {
    name: (_HERE / name).read_bytes() for name in ("backend.js", "history.js", "slash.js")
}
_ALL, _START = (
    b"".join(b"<script>" + _CODE[name] + b"</script>" for name in names)
    for names in (("backend.js", "history.js"), ("slash.js",))
)
"""Scripts of every page, and those that the start page has before them.

They stand in the page, since they run before the URL of the page is known to be right, and the policy names
their hashes.
"""


def inline_scripts() -> tuple[bytes, ...]:
    """Return the code of all scripts that are put into pages."""
    return tuple(_CODE.values())


class AddressBar:
    """ASGI middleware: leads to the right URL of a page, and puts the scripts into every page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Redirect a request that has not the URL of its page; pass others on."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        there = redirect_of(scope["path"], scope["query_string"].decode("latin-1"))
        if there is not None:
            response = RedirectResponse(there, 307, headers={"Cache-Control": "no-cache"})
            await response(scope, receive, send)
            return
        if asks_for_page(scope):
            scripts = (_START if urls.is_start(scope["path"]) else b"") + _ALL
            edited = Edited(send, lambda page: page.replace(b"<head>", b"<head>" + scripts, 1))
            await self.app(whole(scope), receive, edited)
            return
        await self.app(scope, receive, send)


def redirect_of(path: str, parameters: str) -> str | None:
    """Return the relative URL to which a request belongs; None where it is right as it is."""
    query = f"?{parameters}" if parameters else ""
    last = path.rstrip("/").rpartition("/")[2]
    if urls.is_start(path):
        # The way from /lab to what is in it, and none from /lab/.
        inside = "" if path.endswith("/") or not path else f"{last}/"
        if any(name in QueryParams(parameters) for name in OF_WATCH):
            return f"{inside}{WATCH}{query}"
        return f"{inside}{query}" if inside else None
    below = path.removeprefix(f"{urls.base()}/")
    return f"../{last}{query}" if below == f"{last}/" else None
