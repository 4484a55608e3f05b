"""The class code: with FIXVIZ_CLASS_CODE, whoever does not know it sees a page that asks for it, and no more.

A visitor types the code once. The browser keeps a cookie with the time and an HMAC of time and code, under a
key of this installation; so another code, or another installation, makes it worthless. The cookie has no
name of anybody: who owns what is told by another one (fixviz.ui.owner).

Without the cookie there are the page that asks, the health checks, and files that hold nothing of anybody:
scripts, styles and fonts. A program, such as one that reads /api/metrics, sends the code as
`Authorization: Bearer CODE`.
"""

from __future__ import annotations

import hmac
import time
import unicodedata
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, quote

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from fixviz.ui import urls
from fixviz.ui.edited_page import asks_for_page
from fixviz.ui.security.door_page import FIELD, code_page
from fixviz.ui.security.open_paths import is_open
from fixviz.ui.security.server_key import keyed_hash
from fixviz.ui.security.tries import WrongTries
from fixviz.ui.start.first import language_of

COOKIE: Final = "fixviz_class"
KEPT_DAYS: Final = 180
_FORM: Final = "application/x-www-form-urlencoded"
_LONGEST_FORM: Final = 4096
_POLICY_VIOLATION: Final = 1008
_SENTENCE: Final = (
    "This server asks for a class code. Open a page of it, type the code, and try again."
)
_FRESH: Final = {"Cache-Control": "no-store"}


class ClassCode:
    """ASGI middleware: lets those pass who have typed the code; everybody where there is none."""

    def __init__(
        self, app: ASGIApp, code: str, home: Path, tries: WrongTries | None = None
    ) -> None:
        """Make the middleware. home: has the key. tries: counts wrong ones."""
        self.app = app
        self.code, self.home = _plain(code), home
        self.tries = tries or WrongTries()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, ask for the code, or take it."""
        if not self.code or scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        known = self._is_cookie(cookie_parser(headers.get("cookie", "")).get(COOKIE, ""))
        if scope["type"] == "websocket":
            refused = WebSocketClose(_POLICY_VIOLATION)
            await (self.app if known else refused)(scope, receive, send)
        elif _is_form(scope, headers):
            answer = _onward(scope) if known else await self._taken(scope, receive)
            await answer(scope, receive, send)
        elif known or is_open(scope):
            await self.app(scope, receive, send)
        else:
            await self._asked(scope, receive, send, headers.get("authorization", ""))

    async def _asked(self, scope: Scope, receive: Receive, send: Send, said: str) -> None:
        """Answer a request without the cookie."""
        kind, _, code = said.partition(" ")
        if kind.lower() == "bearer":
            wait_s = self._try(scope, code.encode("latin-1").decode("utf-8", "replace"))
            if wait_s is None:
                await self.app(scope, receive, send)
                return
        elif asks_for_page(scope):
            page = code_page(language_of(scope), scope["query_string"])
            await HTMLResponse(page, HTTPStatus.UNAUTHORIZED, _FRESH)(scope, receive, send)
            return
        answer = JSONResponse({"error": _SENTENCE}, HTTPStatus.UNAUTHORIZED, _FRESH)
        await answer(scope, receive, send)

    async def _taken(self, scope: Scope, receive: Receive) -> Response:
        """Return the answer to a code: on to where the link led, or the page with what was wrong."""
        code = await _field(receive)
        wait_s = self._try(scope, code)
        if wait_s is None:
            answer = _onward(scope)
            answer.headers.append("Set-Cookie", self._cookie())
            return answer
        page = code_page(language_of(scope), scope["query_string"], wrong=True, wait_s=wait_s)
        if wait_s:
            headers = {**_FRESH, "Retry-After": str(wait_s)}
            return HTMLResponse(page, HTTPStatus.TOO_MANY_REQUESTS, headers)
        return HTMLResponse(page, HTTPStatus.UNAUTHORIZED, _FRESH)

    def _try(self, scope: Scope, code: str) -> int | None:
        """Compare a code. None: it is right; else seconds to wait before the next try, 0 for none."""
        address = str((scope.get("client") or ("",))[0])
        wait_s = self.tries.wait_s(address)
        if wait_s:
            return wait_s
        # Of hashes: the time of comparing them tells nothing, not even the length of the code.
        given, right = (keyed_hash(self.home, "code", text) for text in (_plain(code), self.code))
        if hmac.compare_digest(given, right):
            return None
        self.tries.note(address)
        return 0

    def _cookie(self) -> str:
        issued = str(int(time.time()))
        parts = [f"{COOKIE}={issued}.{self._mac(issued)}", f"Max-Age={KEPT_DAYS * 86400}"]
        # As the owner's: without a path, it counts in the folder of the page.
        parts += [f"Path={path}"] if (path := urls.base()) else []
        return "; ".join([*parts, "HttpOnly", "SameSite=Lax"])

    def _is_cookie(self, value: str) -> bool:
        issued, _, mac = value.partition(".")
        if not (issued.isascii() and issued.isdecimal() and len(issued) < 16 and mac.isascii()):
            return False
        signed = hmac.compare_digest(mac, self._mac(issued))
        return signed and time.time() - int(issued) < KEPT_DAYS * 86400

    def _mac(self, issued: str) -> str:
        return keyed_hash(self.home, "class code", issued, self.code).hex()


def _plain(code: str) -> str:
    """Return a code as it is compared: full-width characters and spaces around it make no difference."""
    return unicodedata.normalize("NFKC", code).strip()


def _is_form(scope: Scope, headers: Headers) -> bool:
    """Tell whether a request is the form of the page: no page of Streamlit takes any."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return scope["method"] == "POST" and kind == _FORM


async def _field(receive: Receive) -> str:
    """Return the code in the body of the form; empty where there is none, or far too much."""
    body, more = b"", True
    while more and len(body) <= _LONGEST_FORM:
        message = await receive()
        body += message.get("body", b"")
        more = message["type"] == "http.request" and message.get("more_body", False)
    if len(body) > _LONGEST_FORM:
        return ""
    return parse_qs(body.decode("utf-8", "replace")).get(FIELD, [""])[0]


def _onward(scope: Scope) -> Response:
    """Redirect to the page whose form it was, by GET. Relative: a proxy may have taken a prefix off."""
    name = quote(scope["path"].rpartition("/")[2])
    query = scope["query_string"].decode("latin-1")
    where = f"./{name}" + (f"?{query}" if query else "")
    return RedirectResponse(where, HTTPStatus.SEE_OTHER, _FRESH)
