"""Which other sites may show the app in a frame, and what its cookies need there.

In a frame of another site, a cookie is there only if it says `SameSite=None; Secure; Partitioned`
(draft-ietf-httpbis-rfc6265bis; Partitioned: CHIPS). Partitioned: the browser keeps one for each site around
the frame. So somebody has other runs in the frame than in a tab, and no third site can use the cookie. Only
who sets FIXVIZ_EMBED_ORIGINS gets such cookies.

`frame-ancestors` names the sites around the frame (fixviz.ui.security.headers). Without the setting it is the
app's own: who shows a page in a frame can lead the clicks in it (clickjacking).

A cookie with SameSite=None comes with requests of other sites too. What changes something is safe all the
same: Streamlit takes an upload only with a token that other sites cannot read, and all else that a visitor
does goes through the WebSocket. Streamlit lets every page of localhost open it, so that is refused here.
A derived result may be asked for from anywhere, but only by who knows the run's handle, without a cookie.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

IN_A_FRAME: Final = "SameSite=None; Secure; Partitioned"
"""Attributes of a cookie that is there in a frame of another site."""
_POLICY_VIOLATION: Final = 1008


class Embedding:
    """ASGI middleware: the attributes of all cookies, and no WebSocket of another site."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        """Make the middleware. origins: of the sites that may show the app in a frame."""
        self.app = app
        self.origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, unless it opens a WebSocket from another site."""
        if scope["type"] == "websocket" and not _from_here(Headers(scope=scope)):
            await WebSocketClose(_POLICY_VIOLATION)(scope, receive, send)
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message["headers"]))
                cookies = headers.getlist("set-cookie")
                del headers["set-cookie"]
                for cookie in cookies:
                    headers.append("set-cookie", self._cookie(cookie, scope))
                message = {**message, "headers": headers.raw}
            await send(message)

        await self.app(scope, receive, send_with_headers)

    def _cookie(self, cookie: str, scope: Scope) -> str:
        if self.origins and takes_secure(scope):
            return f"{_without(cookie, 'samesite', 'secure', 'partitioned')}; {IN_A_FRAME}"
        if scope["scheme"] == "https":
            return f"{_without(cookie, 'secure')}; Secure"
        return cookie


def _without(cookie: str, *attributes: str) -> str:
    """Return a cookie without these attributes."""
    first, *rest = (part.strip() for part in cookie.split(";"))
    kept = [part for part in rest if part.partition("=")[0].strip().lower() not in attributes]
    return "; ".join([first, *kept])


def takes_secure(scope: Scope) -> bool:
    """Return whether the browser keeps a Secure cookie: by https, and on the computer itself.

    Elsewhere it would drop the cookie, and a frame cannot have any.
    """
    host = urlsplit(f"//{Headers(scope=scope).get('host', '')}").hostname or ""
    local = host in ("127.0.0.1", "::1", "localhost") or host.endswith(".localhost")
    return local or scope["scheme"] == "https"


def _from_here(headers: Headers) -> bool:
    """Return whether a page of the app itself sends the request, or no page at all."""
    origin = headers.get("origin")
    if origin is None or urlsplit(origin).netloc.lower() == headers.get("host", "").lower():
        return True
    if st.get_option("server.enableCORS") is False:
        return True
    return origin in (st.get_option("server.corsAllowedOrigins") or ())
