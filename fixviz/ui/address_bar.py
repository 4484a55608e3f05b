"""What the server does so that URLs, links and the browser's history work as people expect.

Watch has a URL of its own, /watch. In earlier versions a URL without a page led there, so a link such as
/?run=... still does; without a run it is the start page. And every page contains history.js, which runs
before Streamlit's scripts.
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
_SCRIPT: Final = (Path(__file__).resolve().parent / "history.js").read_bytes()


class AddressBar:
    """ASGI middleware: leads links of earlier versions to Watch, and puts the script into every page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Redirect a request for a run without a page to Watch; pass other requests on."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        parameters = scope["query_string"].decode("latin-1")
        named = QueryParams(parameters)
        if urls.is_start(scope["path"]) and any(name in named for name in OF_WATCH):
            there = f"{urls.base()}/{WATCH}?{parameters}"
            await RedirectResponse(there, 307)(scope, receive, send)
            return
        if asks_for_page(scope):
            await self.app(whole(scope), receive, Edited(send, _with_script))
            return
        await self.app(scope, receive, send)


def _with_script(page: bytes) -> bytes:
    return page.replace(b"<head>", b"<head><script>" + _SCRIPT + b"</script>", 1)
