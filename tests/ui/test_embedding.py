"""Who may show the app in a frame, what its cookies need there, and what a foreign site can do."""

from __future__ import annotations

import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from fixviz.ui.embedding import Embedding
from fixviz.ui.owner import OwnerCookie, has_cookie
from fixviz.ui.security.headers import SecurityHeaders

LISTED = ("https://moodle.example.org", "https://canvas.example.org:8443")
XSRF = "_streamlit_xsrf=2|ab|cd|1; Path=/; SameSite=Lax"
HTTPS = "https://fixviz.example.org"
HOME = "http://127.0.0.1:8501"
LAN = "http://192.168.1.5:8501"


def app(origins: tuple[str, ...]) -> Starlette:
    def page(_request: Request) -> Response:
        return HTMLResponse("<p>page</p>")

    def data(_request: Request) -> Response:
        return JSONResponse({}, headers={"set-cookie": XSRF})

    async def stream(socket: WebSocket) -> None:
        await socket.accept()
        await socket.close()

    return Starlette(
        routes=[Route("/", page), Route("/health", data), WebSocketRoute("/stream", stream)],
        middleware=[
            Middleware(SecurityHeaders, origins=origins),
            Middleware(Embedding, origins=origins),
            Middleware(OwnerCookie),
        ],
    )


def client(url: str, *origins: str) -> TestClient:
    return TestClient(app(origins), base_url=url)


def attributes(response: Response) -> dict[str, str]:
    """The attributes of the one cookie that a response sets, in small letters."""
    (cookie,) = [value for name, value in response.headers.items() if name == "set-cookie"]
    pairs = [part.strip().partition("=") for part in cookie.split(";")[1:]]
    assert len({name.lower() for name, _, _ in pairs}) == len(pairs), "each once"
    return {name.lower(): value.lower() for name, _, value in pairs}


def framed_by(response: Response) -> list[str]:
    policy = response.headers["content-security-policy"]
    (sources,) = [
        part.split()[1:] for part in policy.split("; ") if part.startswith("frame-ancestors ")
    ]
    assert "x-frame-options" not in response.headers
    return sources


@pytest.mark.parametrize("url", [HTTPS, HOME, LAN])
def test_only_the_sites_that_are_named_may_frame_a_page(url: str) -> None:
    assert framed_by(client(url).get("/")) == ["'self'"]
    assert framed_by(client(url, *LISTED).get("/")) == ["'self'", *LISTED]
    assert framed_by(client(url, *LISTED).get("/health")) == ["'self'", *LISTED]


@pytest.mark.parametrize("path", ["/", "/health"])
@pytest.mark.parametrize("url", [HTTPS, HOME, "http://localhost:8501", "http://[::1]:8501"])
def test_a_cookie_is_there_in_a_frame_once_a_site_is_named(url: str, path: str) -> None:
    found = attributes(client(url, *LISTED).get(path))
    assert found["samesite"] == "none"
    assert {"secure", "partitioned"} <= found.keys()


@pytest.mark.parametrize("path", ["/", "/health"])
@pytest.mark.parametrize(("url", "secure"), [(HTTPS, True), (HOME, False), (LAN, False)])
def test_without_a_site_cookies_are_as_strict_as_before(url: str, path: str, secure: bool) -> None:
    found = attributes(client(url).get(path))
    assert found["samesite"] == "lax"
    assert ("secure" in found) == secure
    assert "partitioned" not in found


def test_a_browser_that_would_drop_a_secure_cookie_gets_another() -> None:
    """By http in a network: nobody can have a frame there, but direct visitors keep their runs."""
    found = attributes(client(LAN, *LISTED).get("/"))
    assert found["samesite"] == "lax"
    assert "secure" not in found


def test_what_else_a_cookie_says_stays() -> None:
    response = client(HTTPS, *LISTED).get("/")
    assert has_cookie(response.headers["set-cookie"].split(";")[0])
    assert "httponly" in attributes(response)
    assert int(attributes(response)["max-age"]) > 86400
    token = client(HTTPS, *LISTED).get("/health").headers["set-cookie"]
    assert token.startswith("_streamlit_xsrf=2|ab|cd|1; Path=/;"), "Streamlit reads it as it is"


@pytest.mark.parametrize(("base", "path"), [("", None), ("/lab/fixviz/", "/lab/fixviz")])
def test_the_owner_is_known_below_the_path_of_the_app(
    monkeypatch: pytest.MonkeyPatch, base: str, path: str | None
) -> None:
    monkeypatch.setattr(st, "get_option", {"server.baseUrlPath": base}.get)
    assert attributes(client(HTTPS).get("/")).get("path") == path


@pytest.mark.parametrize(
    ("peer", "secure"), [("127.0.0.1", True), ("::1", True), ("203.0.113.9", False)]
)
def test_https_that_ends_at_the_proxy_makes_cookies_secure_if_the_proxy_is_trusted(
    peer: str, secure: bool
) -> None:
    """Uvicorn's rule: FORWARDED_ALLOW_IPS, by default a proxy on the same computer."""
    behind = ProxyHeadersMiddleware(app(()), trusted_hosts="127.0.0.1,::1")
    browser = TestClient(behind, base_url="http://fixviz.example.org", client=(peer, 5000))
    found = attributes(browser.get("/", headers={"x-forwarded-proto": "https"}))
    assert ("secure" in found) == secure


def opens(url: str, origin: str | None, *origins: str) -> bool:
    headers = {} if origin is None else {"origin": origin}
    stream = url.replace("http", "ws", 1) + "/stream"
    try:
        with client(url, *origins).websocket_connect(stream, headers=headers):
            return True
    except WebSocketDisconnect as refused:
        assert refused.code == 1008
        return False


@pytest.mark.parametrize(
    ("origin", "opened"),
    [
        (HOME, True),
        (None, True),
        ("http://localhost:8501", False),
        ("http://localhost:9000", False),
        ("http://127.0.0.1:9000", False),
        ("https://evil.example", False),
        ("null", False),
        # It may frame the app, and has no business in what happens inside.
        (LISTED[0], False),
    ],
)
def test_where_cookies_come_with_foreign_requests_no_other_origin_opens_the_socket(
    origin: str | None, opened: bool
) -> None:
    assert opens(HOME, origin, *LISTED) == opened


def test_a_server_may_allow_more_origins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a proxy that changes the host, the app's own origin is not that of the request."""
    allowed = {"server.corsAllowedOrigins": ["https://lab.example.org"]}
    monkeypatch.setattr(st, "get_option", allowed.get)
    assert opens(HOME, "https://lab.example.org", *LISTED)
    assert not opens(HOME, "https://evil.example", *LISTED)


def test_pages_of_other_servers_on_this_computer_do_not_open_it_either() -> None:
    """Their requests carry the visitor's cookies: to a browser they are the same site."""
    assert not opens(HOME, "http://127.0.0.1:9000")
    assert not opens("http://localhost:8501", "http://localhost:9000")


def test_who_turns_the_check_of_origins_off_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "get_option", {"server.enableCORS": False}.get)
    assert opens(HOME, "https://lab.example.org")
