"""The cookie by which people find their own runs again."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from fixviz.ui.owner import COOKIE, OwnerCookie, has_cookie


def page(request: Request) -> HTMLResponse:
    return HTMLResponse("<p>page</p>")


def data(request: Request) -> JSONResponse:
    return JSONResponse({})


@pytest.fixture
def client() -> TestClient:
    routes = [Route("/", page), Route("/data", data)]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(OwnerCookie)]))


def test_the_first_page_brings_a_cookie_that_scripts_cannot_read(client: TestClient) -> None:
    header = client.get("/").headers["set-cookie"]
    assert has_cookie(header.split(";")[0])
    assert "HttpOnly" in header
    assert "SameSite=Lax" in header


def test_a_browser_keeps_its_cookie(client: TestClient) -> None:
    client.get("/")
    assert "set-cookie" not in client.get("/").headers


def test_every_browser_has_its_own(client: TestClient) -> None:
    first = client.get("/").cookies[COOKIE]
    client.cookies.clear()
    assert client.get("/").cookies[COOKIE] != first


def test_only_pages_bring_one(client: TestClient) -> None:
    assert "set-cookie" not in client.get("/data").headers


@pytest.mark.parametrize("value", ["", "short", "a" * 65, "a b" * 10, "../" * 9])
def test_a_malformed_name_does_not_count(value: str) -> None:
    assert not has_cookie(f"{COOKIE}={value}")
