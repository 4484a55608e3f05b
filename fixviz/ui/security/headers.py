"""Headers that tell a browser what the app's pages may do, on every response.

Content-Security-Policy: pages run scripts of this server alone, and load nothing from elsewhere. Scripts in
the page itself run only with their hash in the policy: ours (fixviz.ui.address_bar) and those of Streamlit's
page. `blob:`, because Streamlit imports the code of components from blobs; 'wasm-unsafe-eval', because the
player computes attention in WebAssembly, which the policy lets no text be evaluated for. Styles may stand in
the page: Streamlit and Plotly write them as they draw.

Permissions-Policy: the camera, full screen and writing to the clipboard are for the app alone, and nothing
else is for anybody. Streamlit keeps one document for all pages, with the policy that came with it. So the
camera is named on every page: whoever goes to Teach a model by a link would have none otherwise. The browser
asks the visitor anyway. In a frame, the page around it has to pass the camera on.

Cross-Origin-Opener-Policy is sent where the browser heeds it: by https, and on the computer itself.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fixviz.ui.address_bar import inline_scripts
from fixviz.ui.embedding import takes_secure

PERMISSIONS: Final = ", ".join(
    [
        *("camera=(self)", "clipboard-write=(self)", "fullscreen=(self)"),
        *(
            f"{feature}=()"
            for feature in (
                *("accelerometer", "bluetooth", "browsing-topics", "clipboard-read"),
                *("display-capture", "geolocation", "gyroscope", "hid", "idle-detection"),
                *("local-fonts", "magnetometer", "microphone", "midi", "payment", "serial"),
                *("publickey-credentials-get", "screen-wake-lock", "usb", "window-management"),
                "xr-spatial-tracking",
            )
        ),
    ]
)
_SCRIPT: Final = re.compile(rb"<script(?P<attributes>[^>]*)>(?P<code>.*?)</script>", re.DOTALL)


def content_policy(embed_origins: Sequence[str], scripts: Iterable[bytes]) -> str:
    """Return the policy. embed_origins: of sites that may show the app in a frame; scripts: in the page."""
    hashes = [f"'sha256-{_hash(code)}'" for code in dict.fromkeys(scripts)]
    return "; ".join(
        " ".join(parts)
        for parts in (
            ("default-src", "'self'"),
            ("script-src", "'self'", "blob:", "'wasm-unsafe-eval'", *hashes),
            ("style-src", "'self'", "'unsafe-inline'"),
            ("img-src", "'self'", "data:", "blob:"),
            ("media-src", "'self'", "data:", "blob:"),
            ("font-src", "'self'", "data:"),
            ("connect-src", "'self'", "data:", "blob:"),
            ("worker-src", "'self'", "blob:"),
            ("frame-src", "'none'"),
            ("object-src", "'none'"),
            ("base-uri", "'none'"),
            ("form-action", "'self'"),
            ("frame-ancestors", "'self'", *embed_origins),
        )
    )


def scripts_in(page: bytes) -> list[bytes]:
    """Return the code of the scripts that stand in a page itself, without blocks of data."""
    return [
        found["code"]
        for found in _SCRIPT.finditer(page)
        if b"src=" not in found["attributes"] and b"json" not in found["attributes"]
    ]


@cache
def streamlit_scripts() -> tuple[bytes, ...]:
    """Return the scripts that stand in Streamlit's page."""
    page = Path(st.__file__).parent / "static" / "index.html"
    return tuple(scripts_in(page.read_bytes()))


class SecurityHeaders:
    """ASGI middleware: adds the headers to every response."""

    def __init__(self, app: ASGIApp, origins: Sequence[str] = ()) -> None:
        """Make the middleware. origins: of the sites that may show the app in a frame."""
        self.app = app
        self.headers = {
            "Content-Security-Policy": content_policy(
                origins, (*inline_scripts(), *streamlit_scripts())
            ),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Permissions-Policy": PERMISSIONS,
            "Cross-Origin-Resource-Policy": "same-origin",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add the headers to its response."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message["headers"]))
                headers.update(self.headers)
                if takes_secure(scope):
                    headers["Cross-Origin-Opener-Policy"] = "same-origin"
                message = {**message, "headers": headers.raw}
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _hash(code: bytes) -> str:
    return base64.b64encode(hashlib.sha256(code).digest()).decode()
