"""Login: who has not logged in gets nothing, and an identity has one owner for pages and routes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect
from streamlit.runtime.secrets import Secrets
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from fixviz.course.app_texts import app_texts
from fixviz.course.lesson import LANGUAGES
from fixviz.ui import owner, server
from fixviz.ui.address_bar import AddressBar
from fixviz.ui.security import server_key
from fixviz.ui.security.class_code import ClassCode
from fixviz.ui.security.login import AFTER, Login, is_configured, owner_of, providers
from fixviz.ui.security.uploads import UploadLimit
from fixviz.ui.start.first import StartPage

ISSUER, SECRET = "https://id.example.org", "secret for cookies, of the tests"
URL = "https://class.example.org"
PAGE = {"accept": "text/html"}
AUTH = f"""[auth]
redirect_uri = "{URL}/oauth2callback"
cookie_secret = "{SECRET}"
client_id = "fixviz"
client_secret = "hush"
server_metadata_url = "{ISSUER}/.well-known/openid-configuration"
"""
Configure = Callable[[str], None]


@pytest.fixture
def configure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Configure]:
    """Writes secrets.toml and has Streamlit read it."""
    path, option = tmp_path / "secrets.toml", st.get_option
    server_key._known.clear()

    def get_option(name: str) -> Any:
        return [str(path)] if name == "secrets.files" else option(name)

    def write(text: str) -> None:
        path.write_text(text)
        secrets = Secrets()
        for module in (
            *("streamlit.auth_util", "streamlit.web.server.server_util"),
            "fixviz.ui.security.login",
        ):
            monkeypatch.setattr(f"{module}.secrets_singleton", secrets)

    monkeypatch.setattr(st, "get_option", get_option)
    monkeypatch.setattr("streamlit.config.get_option", get_option)
    yield write
    server_key._known.clear()


def app(home: Path) -> Starlette:
    def said(request: Request) -> Response:
        return JSONResponse({"owner": request.cookies.get(owner.COOKIE), "all": request.cookies})

    def page(_request: Request) -> Response:
        return HTMLResponse("all that the app shows")

    async def stream(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_json({"owner": socket.cookies.get(owner.COOKIE)})
        await socket.close()

    methods = ["GET", "PUT", "POST"]
    return Starlette(
        routes=[
            WebSocketRoute("/_stcore/stream", stream),
            Route("/api/{rest:path}", said, methods=methods),
            Route("/_stcore/{rest:path}", said, methods=methods),
            Route("/auth/{rest:path}", said),
            Route("/oauth2callback", said),
            Route("/{rest:path}", page, methods=methods),
        ],
        middleware=[Middleware(Login, home=home), Middleware(AddressBar)],
    )


def client(home: Path) -> TestClient:
    return TestClient(app(home), base_url=URL, follow_redirects=False)


def cookie(sub: object = "ada", iss: object = ISSUER, secret: str = SECRET, **said: object) -> str:
    content = {"iss": iss, "sub": sub, "is_logged_in": True, "origin": URL, **said}
    signed = create_signed_value(secret, "_streamlit_user", json.dumps(content)).decode()
    return f"_streamlit_user={signed}"


def asked(home: Path, cookies: str) -> Any:
    return client(home).get("/api/x", headers={"cookie": cookies})


def test_pages_routes_uploads_and_sessions_need_a_login(
    tmp_path: Path, configure: Configure
) -> None:
    configure(AUTH)
    browser = client(tmp_path)
    for path in ("/", "/watch?run=x", "/library"):
        answer = browser.get(path, headers=PAGE)
        assert answer.status_code == 401 and "all that the app shows" not in answer.text
    for method, path in (
        ("GET", "/api/runs/x/manifest.json"),
        ("PUT", "/_stcore/upload_file/session/1"),
        ("GET", "/watch"),
        ("POST", "/"),
        ("GET", "/auth/loginx"),
    ):
        answer = browser.request(method, path)
        assert answer.status_code == 401 and "log in" in answer.json()["error"]
    with pytest.raises(WebSocketDisconnect), browser.websocket_connect("/_stcore/stream"):
        pass
    for path in (
        "/api/health",
        "/_stcore/health",
        "/static/x.js",
        "/oauth2callback",
        "/auth/logout",
    ):
        assert browser.get(path).status_code == 200


def test_an_identity_has_one_owner_for_pages_and_routes(
    tmp_path: Path, configure: Configure
) -> None:
    configure(AUTH)
    name = asked(tmp_path, cookie()).json()["owner"]
    assert owner.is_name(name) and name == owner_of(tmp_path, ISSUER, "ada")
    assert "ada" not in name
    others = f"{owner.COOKIE}={'x' * 22}; a=1; {cookie(name='Ada')}; {owner.COOKIE}={'y' * 22}"
    found = asked(tmp_path, others).json()
    assert found["owner"] == name, "whatever the browser says, on any computer"
    assert found["all"]["a"] == "1"
    with client(tmp_path).websocket_connect(
        "/_stcore/stream", headers={"cookie": others}
    ) as socket:
        assert socket.receive_json() == {"owner": name}
    assert asked(tmp_path, cookie("bob")).json()["owner"] != name
    assert asked(tmp_path, cookie(iss="https://other.example")).json()["owner"] != name
    assert asked(tmp_path / "other", cookie()).json()["owner"] != name, "another installation"


def _with_another_signature(signed: str) -> str:
    """Change the first letter of the signature: of the last one only four of six bits count."""
    content, _, signature = signed.rpartition(".")
    return f"{content}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"


def test_nobody_takes_the_name_of_somebody_else(tmp_path: Path, configure: Configure) -> None:
    configure(AUTH)
    name = owner_of(tmp_path, ISSUER, "ada")
    forged = (
        f"{owner.COOKIE}={name}",
        cookie(secret="another secret of somebody"),
        _with_another_signature(cookie()),
        cookie(sub=""),
        cookie(iss=None),
        cookie(is_logged_in=False),
        cookie(is_logged_in="true"),
        "_streamlit_user=",
        "_streamlit_user=é",
    )
    for cookies in forged:
        answer = client(tmp_path).get("/api/x", headers={"cookie": cookies.encode()})
        assert answer.status_code == 401, cookies
    # Open paths are answered, but not as of anybody.
    health = client(tmp_path).get("/api/health", headers={"cookie": forged[0]}).json()
    assert health["owner"] is None


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_leads_to_the_provider_and_back_to_the_link(
    tmp_path: Path, configure: Configure, lang: str
) -> None:
    pytest.importorskip("authlib")
    configure(AUTH)
    browser = client(tmp_path)
    answer = browser.get("/watch?run=a-b&frame=3", headers={**PAGE, "accept-language": lang})
    assert app_texts(lang)["login.text"] in answer.text
    (link,) = re.findall(r'class="go" href="([^"]+)">', answer.text)
    there = browser.get(f"/{unescape(link)}")
    assert there.status_code == 303
    assert there.headers["location"].startswith("./login?provider=")
    assert f"{AFTER}=watch%3Frun%3Da-b%26frame%3D3" in there.headers["set-cookie"]
    cookies = f"{cookie()}; {there.headers['set-cookie'].partition(';')[0]}"
    back = browser.get("/", headers={**PAGE, "cookie": cookies})
    assert (back.status_code, back.headers["location"]) == (303, "./watch?run=a-b&frame=3")
    assert "Max-Age=0" in back.headers["set-cookie"], "once"
    assert browser.get("/library", headers={**PAGE, "cookie": cookies}).status_code == 200


def test_below_a_path_the_way_back_stays_there(
    tmp_path: Path, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("authlib")
    configure(AUTH)
    option = st.get_option
    values = {"server.baseUrlPath": "lab"}
    monkeypatch.setattr(st, "get_option", lambda name: values.get(name) or option(name))
    browser = client(tmp_path)
    assert browser.get("/lab/_stcore/health").status_code == 200
    assert browser.get("/_stcore/health").status_code == 401
    there = browser.get("/lab/auth/login?with=default&then=library")
    assert str(there.next_request.url).startswith(f"{URL}/lab/auth/login?provider=")
    assert "Path=/lab" in there.headers["set-cookie"].split("; ")
    cookies = f"{cookie()}; {there.headers['set-cookie'].partition(';')[0]}"
    back = browser.get("/lab/", headers={**PAGE, "cookie": cookies})
    assert str(back.next_request.url) == f"{URL}/lab/library"


@pytest.mark.parametrize(
    "then", ["//evil.example", "https://evil.example", "../x", "a/b", "x?\n", "x:y", "\\\\evil"]
)
def test_the_way_back_leads_nowhere_else(tmp_path: Path, configure: Configure, then: str) -> None:
    pytest.importorskip("authlib")
    configure(AUTH)
    browser = client(tmp_path)
    there = browser.get("/auth/login", params={"with": "default", "then": then})
    assert there.status_code == 303 and "set-cookie" not in there.headers
    cookies = f"{cookie()}; {AFTER}={then!r}".encode("unicode_escape")
    back = browser.get("/", headers={**PAGE, "cookie": cookies})
    assert back.headers["location"] == "."


def test_several_providers_are_offered_by_their_names(tmp_path: Path, configure: Configure) -> None:
    first, _, rest = AUTH.partition("client_id")
    configure(f"{first}\n[auth.school]\nclient_id{rest}\n[auth.university]\nclient_id{rest}")
    assert providers() == ["school", "university"]
    text = client(tmp_path).get("/", headers=PAGE).text
    for name in providers():
        assert app_texts("en")["login.button_with"].format(provider=name) in text
    unknown = client(tmp_path).get("/auth/login?with=other&then=")
    assert unknown.status_code == 404


def test_without_the_section_nobody_is_asked_and_a_slip_in_the_file_lets_nobody_in(
    tmp_path: Path, configure: Configure
) -> None:
    configure("key = 1\n")
    assert not is_configured()
    assert client(tmp_path).get("/", headers=PAGE).text == "all that the app shows"
    configure(AUTH + "slip\n")
    assert is_configured()
    assert client(tmp_path).get("/", headers={**PAGE, "cookie": cookie()}).status_code == 401
    configure(AUTH)
    browser = client(tmp_path)
    assert browser.get("/library", headers=PAGE).status_code == 401
    configure("")
    assert browser.get("/library", headers=PAGE).status_code == 401, (
        "until the server is started anew"
    )


def test_the_server_asks_after_the_code_and_before_the_app() -> None:
    order = [entry.cls for entry in server.middleware()]
    assert order.index(ClassCode) < order.index(Login)
    assert order.index(Login) < min(
        map(order.index, (UploadLimit, AddressBar, StartPage, owner.OwnerCookie))
    )
