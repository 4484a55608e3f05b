"""The owner of runs, by a cookie: a random name in a cookie, so that people find their own runs again.

There are no accounts; where a login is configured, it takes the place of the cookie in every request
(fixviz.ui.security.login). The cookie cannot be read by scripts in the page, and the name in it is as
hard to guess as a run's handle.
"""

from __future__ import annotations

import re
import secrets
from http.cookies import CookieError, SimpleCookie

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fixviz.ui import urls

COOKIE = "fixviz_owner"
_DAYS = 400
_NAME = re.compile(r"[A-Za-z0-9_-]{22,64}")
_SESSION_KEY = "fixviz_session_owner"


def current_owner() -> str:
    """Return the owner's name for this browser; without a cookie, a name that lasts for the session."""
    name: object = st.context.cookies.get(COOKIE)
    if isinstance(name, str) and is_name(name):
        return name
    if _SESSION_KEY not in st.session_state:
        st.session_state[_SESSION_KEY] = secrets.token_urlsafe(16)
    return str(st.session_state[_SESSION_KEY])


class OwnerCookie:
    """ASGI middleware: gives a browser its cookie with the first page it loads."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with the cookie added to a response that is a page."""
        if scope["type"] != "http" or has_cookie(Headers(scope=scope).get("cookie", "")):
            await self.app(scope, receive, send)
            return

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append("Set-Cookie", _new_cookie())
            await send(message)

        await self.app(scope, receive, send_with_cookie)


def is_name(text: str) -> bool:
    """Tell whether a text has the form of an owner's name."""
    return _NAME.fullmatch(text) is not None


def has_cookie(header: str) -> bool:
    """Tell whether a Cookie header holds a well-formed owner's name."""
    try:
        cookies = SimpleCookie(header)
    except CookieError:
        return False
    return COOKIE in cookies and is_name(cookies[COOKIE].value)


def _new_cookie() -> str:
    parts = [f"{COOKIE}={secrets.token_urlsafe(16)}", f"Max-Age={_DAYS * 86400}"]
    # Without a path it counts in the folder of the page, which is the app's path as the browser has it: a
    # proxy may have taken a prefix off. Other apps of the same host need not know the name.
    parts += [f"Path={path}"] if (path := urls.base()) else []
    return "; ".join([*parts, "HttpOnly", "SameSite=Lax"])
