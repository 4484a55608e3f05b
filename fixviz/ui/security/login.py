"""Login by OpenID Connect: with a section [auth] in Streamlit's secrets, only who has logged in sees the app.

Streamlit does the protocol, at its own routes, and keeps who somebody is in a signed cookie. This middleware
reads that cookie before all else is answered. Without it there is a page that leads to the provider, and no
route, upload or session. With it, the owner's cookie of the request is replaced by a name that is computed
from issuer and subject under a key of this installation: so pages and routes know the same owner, on
whatever computer, and nobody can take the name of somebody else.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.requests import cookie_parser
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose
from streamlit import auth_util
from streamlit.runtime.secrets import secrets_singleton
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from fixviz.ui import owner, urls
from fixviz.ui.edited_page import asks_for_page
from fixviz.ui.security.door_page import login_page
from fixviz.ui.security.open_paths import is_open
from fixviz.ui.security.server_key import keyed_hash
from fixviz.ui.start.first import language_of

AFTER: Final = "fixviz_after_login"
"""Cookie with the page to which the link led; the login itself ends at the start page."""
_AFTER_S: Final = 900
_PAGE: Final = re.compile(r"[a-z_]{0,40}(?:\?[\x21-\x7e]{0,2000})?")
_OF_STREAMLIT: Final = ("/auth/login", "/auth/logout", "/oauth2callback")
_OF_OPERATORS: Final = "/api/metrics"
_DEFAULT: Final = "default"
_POLICY_VIOLATION: Final = 1008
_SENTENCE: Final = "This server asks you to log in. Open a page of it, log in, and try again."
_FRESH: Final = {"Cache-Control": "no-store"}


def is_configured() -> bool:
    """Tell whether Streamlit's secrets have a section [auth], or are there and cannot be read.

    Then nobody can log in, but neither is everybody let in by a slip in the file.
    """
    if secrets_singleton.load_if_toml_exists():
        return bool(auth_util.get_secrets_auth_section())
    return any(Path(path).exists() for path in st.get_option("secrets.files"))


def providers() -> list[str]:
    """Return the names of the providers in the secrets; "default" is the one without a name."""
    section = auth_util.get_secrets_auth_section()
    named = [name for name, value in section.items() if isinstance(value, Mapping)]
    named = [name for name in named if name != "client_kwargs"]
    return ([_DEFAULT] if "client_id" in section else []) + named


def owner_of(home: Path, issuer: str, subject: str) -> str:
    """Return the owner's name of an identity, which only this installation can compute."""
    digest = keyed_hash(home, "owner", issuer, subject)
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


class Login:
    """ASGI middleware: lets those pass who have logged in; everybody where no login is configured."""

    def __init__(self, app: ASGIApp, home: Path) -> None:
        """Make the middleware. home: has the key."""
        self.app, self.home = app, home
        # A file that is changed or lost while the server runs lets nobody in either.
        self._asks = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on as one of its owner, or ask to log in."""
        self._asks = self._asks or is_configured()
        if scope["type"] not in ("http", "websocket") or not self._asks:
            await self.app(scope, receive, send)
            return
        cookies = cookie_parser(Headers(scope=scope).get("cookie", ""))
        known = self._owner(cookies)
        scope = _with_owner(scope, known)
        answer: ASGIApp = self.app
        if scope["type"] == "websocket":
            answer = self.app if known else WebSocketClose(_POLICY_VIOLATION)
        elif known:
            answer = _back(scope, cookies) or self.app
        elif scope["path"] == f"{urls.base()}/auth/login" and "then" in _query(scope):
            answer = _to_provider(scope)
        elif not (is_open(scope) or _needs_no_login(scope)):
            answer = _asked(scope)
        await answer(scope, receive, send)

    def _owner(self, cookies: Mapping[str, str]) -> str | None:
        found = _identity(cookies)
        issuer, subject = found.get("iss"), found.get("sub")
        if found.get("is_logged_in") is not True or not issuer or not subject:
            return None
        return owner_of(self.home, str(issuer), str(subject))


def _identity(cookies: Mapping[str, str]) -> Mapping[str, Any]:
    """Return what the provider said of the visitor, as Streamlit has signed it; empty without."""

    def signed(name: str) -> bytes | None:
        value = cookies.get(name)
        secret = get_cookie_secret()
        return decode_signed_value(secret, name, value.encode("latin-1")) if value else None

    try:
        found = json.loads(auth_util.get_cookie_with_chunks(signed, USER_COOKIE_NAME) or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _with_owner(scope: Scope, name: str | None) -> Scope:
    """Return the request with this owner's cookie in place of the one that was sent."""
    headers = MutableHeaders(raw=list(scope["headers"]))
    sent = "; ".join(headers.getlist("cookie")).split(";")
    kept = [part.strip() for part in sent if part.partition("=")[0].strip() != owner.COOKIE]
    cookies = [part for part in kept if part] + ([f"{owner.COOKIE}={name}"] if name else [])
    del headers["cookie"]
    if cookies:
        headers["cookie"] = "; ".join(cookies)
    return {**scope, "headers": headers.raw}


def _needs_no_login(scope: Scope) -> bool:
    base = urls.base()
    return scope["path"] in (f"{base}{path}" for path in (*_OF_STREAMLIT, _OF_OPERATORS))


def _asked(scope: Scope) -> Response:
    """Answer a request of somebody who has not logged in."""
    if not asks_for_page(scope):
        return JSONResponse({"error": _SENTENCE}, HTTPStatus.UNAUTHORIZED, _FRESH)
    query = scope["query_string"].decode("latin-1")
    here = scope["path"].rpartition("/")[2] + (f"?{query}" if query else "")
    links = {
        "" if name == _DEFAULT else name: f"auth/login?{urlencode({'with': name, 'then': here})}"
        for name in providers()
    }
    page = login_page(language_of(scope), scope["query_string"], links)
    return HTMLResponse(page, HTTPStatus.UNAUTHORIZED, _FRESH)


def _to_provider(scope: Scope) -> Response:
    """Lead to Streamlit's route with a token, which is good for two minutes, and note the way back."""
    query = _query(scope)
    name = query.get("with", _DEFAULT)
    if name not in providers():
        return JSONResponse({"error": "There is no such login."}, HTTPStatus.NOT_FOUND, _FRESH)
    auth_util.validate_auth_credentials(name)
    token = auth_util.encode_provider_token(name)
    answer = RedirectResponse(
        f"./login?{urlencode({'provider': token})}", HTTPStatus.SEE_OTHER, _FRESH
    )
    then = query.get("then", "")
    if _PAGE.fullmatch(then):
        answer.headers.append("Set-Cookie", _after(quote(then, safe=""), _AFTER_S))
    return answer


def _back(scope: Scope, cookies: Mapping[str, str]) -> Response | None:
    """Return the way to the page to which the link led, once, where the login has ended."""
    then = QueryParams(f"then={cookies.get(AFTER, '')}").get("then", "")
    if not then or not asks_for_page(scope) or not urls.is_start(scope["path"]):
        return None
    where = f"./{then}" if _PAGE.fullmatch(then) else "."
    answer = RedirectResponse(where, HTTPStatus.SEE_OTHER, _FRESH)
    answer.headers.append("Set-Cookie", _after("", 0))
    return answer


def _after(value: str, seconds: int) -> str:
    path = urls.base() or "/"
    return f"{AFTER}={value}; Max-Age={seconds}; Path={path}; HttpOnly; SameSite=Lax"


def _query(scope: Scope) -> QueryParams:
    return QueryParams(scope["query_string"])
