"""Headers of every response, names that the server answers to, and URLs that nobody sends in good faith."""

from __future__ import annotations

import base64
import hashlib
import re
import socket
from collections.abc import Mapping

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from fixviz.errors import OptionError
from fixviz.settings import Settings
from fixviz.ui import address_bar
from fixviz.ui.routes import create_routes
from fixviz.ui.security.headers import SecurityHeaders, scripts_in
from fixviz.ui.security.hosts import AllowedHosts
from fixviz.ui.security.requests import LONGEST_PATH, Requests

HOME = "http://127.0.0.1:8501"
PUBLIC = "https://fixviz.example.org"


def server(*hosts: str) -> Starlette:
    def page(_request: Request) -> Response:
        return HTMLResponse("<head></head>")

    def data(_request: Request) -> Response:
        return JSONResponse({})

    async def stream(socket: WebSocket) -> None:
        await socket.accept()
        await socket.close()

    def nothing() -> None:
        raise AssertionError("no store is asked")

    return Starlette(
        routes=[
            *create_routes(nothing, nothing),
            Route("/", page),
            Route("/data", data),
            WebSocketRoute("/stream", stream),
        ],
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(AllowedHosts, hosts=hosts),
            Middleware(Requests),
            Middleware(address_bar.AddressBar),
        ],
    )


def client(url: str = HOME, *hosts: str) -> TestClient:
    return TestClient(server(*hosts), base_url=url, raise_server_exceptions=False)


def policy(headers: Mapping[str, str]) -> dict[str, list[str]]:
    parts = [part.split() for part in headers["content-security-policy"].split(";")]
    return {name: sources for name, *sources in parts}


@pytest.mark.parametrize(
    "path", ["/", "/data", "/nothing", "/api/ui/x/player/main.js", "/api/ui/x/y"]
)
def test_every_response_has_the_headers(path: str) -> None:
    headers = client().get(path).headers
    found = policy(headers)
    assert found["object-src"] == found["base-uri"] == found["frame-src"] == ["'none'"]
    assert found["frame-ancestors"] == ["'self'"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=(self)" in headers["permissions-policy"]
    assert "microphone=()" in headers["permissions-policy"]


def test_no_host_but_the_server_itself_is_named_and_no_text_is_evaluated() -> None:
    sources = {source for part in policy(client().get("/").headers).values() for source in part}
    others = {source for source in sources if not source.startswith("'sha256-")}
    known = {"'self'", "'none'", "'unsafe-inline'", "'wasm-unsafe-eval'", "data:", "blob:"}
    assert others <= known
    scripts = policy(client().get("/").headers)["script-src"]
    assert "'unsafe-inline'" not in scripts
    assert "data:" not in scripts


def test_the_scripts_in_the_page_run_and_no_others() -> None:
    answer = client().get("/", headers={"accept": "text/html"})
    scripts = scripts_in(answer.content)
    assert len(scripts) == 3
    allowed = policy(answer.headers)["script-src"]
    for code in scripts:
        assert f"'sha256-{base64.b64encode(hashlib.sha256(code).digest()).decode()}'" in allowed
    other = hashlib.sha256(b"alert(1)").digest()
    assert f"'sha256-{base64.b64encode(other).decode()}'" not in allowed


def test_a_browser_that_would_not_heed_the_opener_policy_does_not_get_it() -> None:
    """By http in a network it would log an error on every page."""
    assert "cross-origin-opener-policy" not in client("http://192.168.1.5:8501").get("/").headers


def opens(browser: TestClient, host: str, origin: str) -> bool:
    try:
        headers = {"host": host, "origin": origin}
        with browser.websocket_connect("/stream", headers=headers):
            return True
    except WebSocketDisconnect as refused:
        assert refused.code == 1008
        return False


OWN = f"{socket.gethostname().partition('.')[0].lower()}.local"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:8501",
        "localhost",
        "LOCALHOST:1",
        "a.localhost",
        "192.168.1.5:80",
        "[::1]:8501",
        "gpu-box",
        "gpu-box:8501",
        OWN,
    ],
)
def test_addresses_and_names_that_nobody_can_register_are_answered(host: str) -> None:
    assert client().get("/data", headers={"host": host}).status_code == 200
    assert opens(client(), host, f"http://{host}")


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8501",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "evil.example.",
        "127.0.0.1@evil.example",
        "",
        "a b",
        "evil.local",
    ],
)
def test_a_name_that_leads_here_by_rebinding_gets_no_answer(host: str) -> None:
    answer = client().get("/data", headers={"host": host})
    assert answer.status_code == 421
    assert "FIXVIZ_ALLOWED_HOSTS" in answer.text
    assert "content-security-policy" in answer.headers
    assert not opens(client(), host, f"http://{host}")


@pytest.mark.parametrize("hosts", [("fixviz.example.org",), ("*.example.org",), ("*",)])
def test_a_setting_allows_names(hosts: tuple[str, ...]) -> None:
    browser = client(PUBLIC, *hosts)
    assert browser.get("/data").status_code == 200
    assert opens(browser, "fixviz.example.org", PUBLIC)
    assert client("http://evil.example", *hosts).get("/data").status_code == (
        200 if "*" in hosts else 421
    )


def test_names_of_hosts_are_checked_where_they_are_set() -> None:
    env = {"FIXVIZ_ALLOWED_HOSTS": "Fixviz.example.org, *.lab.example.org"}
    assert Settings.from_env(env).allowed_hosts == ("fixviz.example.org", "*.lab.example.org")
    for wrong in ("https://fixviz.example.org", "fixviz.example.org:443", "a/b", "a.*.b"):
        with pytest.raises(OptionError, match="FIXVIZ_ALLOWED_HOSTS"):
            Settings.from_env({"FIXVIZ_ALLOWED_HOSTS": wrong})


@pytest.mark.parametrize(
    "path",
    [
        "/api/ui/v/" + "a" * 5000,
        "/api/ui/v/" + "a" * 300,
        "/api/ui/v/" + "a/" * 2500,
        "/" + "é" * 200,
        "/api/runs/" + "a" * 300 + "/manifest.json",
        "/data?x=" + "a" * 20000,
    ],
)
def test_a_url_that_is_too_long_gets_a_sentence(path: str) -> None:
    answer = client().get(path)
    assert (answer.status_code, answer.text) == (414, "This URL is too long.\n")


@pytest.mark.parametrize("path", ["/api/ui/v/a%00b.js", "/api/ui/v/a%0ab.js", "/x%e2%80%ae"])
def test_characters_that_no_path_has_get_a_sentence(path: str) -> None:
    assert client().get(path).status_code == 400


def test_a_path_as_long_as_they_get_is_looked_for() -> None:
    path = "/api/ui/v/" + "a" * 250
    assert len(path) < LONGEST_PATH
    assert client().get(path).status_code == 404


def test_no_inline_script_ends_before_its_end() -> None:
    for code in address_bar.inline_scripts():
        assert not re.search(rb"</script|<!--", code)
