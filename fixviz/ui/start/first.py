"""The start page in the HTML that the server sends, so that it is there before Streamlit has started.

Streamlit shows nothing until its scripts have been loaded and a session has run the page, which takes seconds
on a slow computer. Here the server's page holds the content itself, with the styles and the module that plays
the picture. Once Streamlit shows the page, the module moves the content into it (browser/start/main.js).
"""

from __future__ import annotations

import re
from functools import cache
from html import escape
from typing import Any, Final

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fixviz import theme
from fixviz.course.lesson import LANGUAGES
from fixviz.start.body import STYLES, body
from fixviz.start.picture import living_picture
from fixviz.ui import language, urls
from fixviz.ui.edited_page import Edited, asks_for_page, whole

_MODULES: Final = (
    "start/main.js",
    "start/living.js",
    "course/parts/picture.js",
    "course/parts/animate.js",
    "player/arrays.js",
    "player/colormaps.js",
    "player/dom.js",
    "player/geometry.js",
    "player/loader.js",
    "player/maps.js",
    "player/packed.js",
    "player/source.js",
    "player/painter.js",
)
_FONT: Final = re.compile(rb'href="([^"]*SourceSans[^"]*\.woff2)"')
_ROOT: Final = b'<div id="root">'


class StartPage:
    """ASGI middleware: puts the content of the start page into the server's page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; the response to one for the start page gets the content."""
        if not (asks_for_page(scope) and urls.is_start(scope["path"])):
            await self.app(scope, receive, send)
            return
        code = language_of(scope)
        # The first request reads the run.
        block = await run_in_threadpool(first_block, code)
        links = ", ".join(await run_in_threadpool(hints))

        def edit(page: bytes) -> bytes:
            page = page.replace(b'<html lang="en">', f'<html lang="{code}">'.encode(), 1)
            return page.replace(_ROOT, _font(page) + block.encode() + _ROOT, 1)

        async def send_with_hints(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Link"] = links
            await send(message)

        await self.app(whole(scope), receive, Edited(send_with_hints, edit))


def language_of(scope: Scope) -> str:
    """Return the language of a request, as `language.current` chooses it for a new session."""
    headers = Headers(scope=scope)
    named = QueryParams(scope["query_string"]).get(language.PARAMETER)
    cookie = cookie_parser(headers.get("cookie", "")).get(language.COOKIE)
    # The first one is what the browser itself is set to.
    preferred = headers.get("accept-language", "").split(",")[0].split(";")[0]
    offered = [code for code in (named, cookie) if code in LANGUAGES]
    return language.first_offered(*offered, preferred)


@cache
def first_block(code: str) -> str:
    """Return the HTML of the content with its styles and its module."""
    return (
        f"<style>{_theme()}{_PLACE}{STYLES}</style>"
        f'<div id="fixviz-first">{body(code, urls.start_links())}</div>'
        f'<script type="module" src="{escape(urls.start())}/main.js"></script>'
    )


def _font(page: bytes) -> bytes:
    """Return a style with the font that Streamlit's page has loaded early, which it uses later itself."""
    found = _FONT.search(page)
    if found is None:
        return b""
    face = b'font-family:"Source Sans";font-weight:200 900;font-display:swap'
    return b"<style>@font-face{" + face + b';src:url("' + found[1] + b'")}</style>'


def prepare() -> None:
    """Read the run and the files, so that the first request need not."""
    for code in LANGUAGES:
        first_block(code)
    hints()


def hints() -> list[str]:
    """Return the values of the Link header: the modules, and the frame that is shown first."""
    found = [f"<{urls.modules()}/{name}>; rel=modulepreload" for name in _MODULES]
    picture = living_picture()
    if picture is not None:
        sha = picture.frames[picture.first]
        found.insert(
            0, f"<{urls.course_data()}/run/artifacts/{sha}>; rel=preload; as=fetch; crossorigin"
        )
    return found


# Where Streamlit shows the page: beside the navigation, which is as wide as shell.py says, and on a small
# screen below the bar with its button.
_PLACE: Final = """
#fixviz-first {
  position: fixed;
  inset: 0 0 0 240px;
  z-index: 1;
  overflow: auto;
  padding: 1rem clamp(1rem, 3vw, 4rem) 3rem;
  background: var(--st-background-color);
  --st-font: "Source Sans", sans-serif;
}
@media (max-width: 768px) {
  #fixviz-first { left: 0; padding-top: 4.75rem; }
}
"""


def _theme() -> str:
    size = theme.text_size(_option)
    return (
        f"html{{font-size:{size}px}}"
        f"#fixviz-first{{{theme.sizes(_option)}{theme.colors('light', _option)}}}"
        f"@media (prefers-color-scheme:dark){{#fixviz-first{{{theme.colors('dark', _option)}}}}}"
    )


def _option(name: str) -> Any:
    return st.get_option(f"theme.{name}")
