"""Links of earlier versions lead to Watch, and every page brings the script for the history."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urljoin

import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from fixviz.ui.address_bar import AddressBar

PAGE = "<!doctype html><html><head><title>app</title></head>" + "<p>page</p>" * 200
UI = Path(__file__).resolve().parents[2] / "fixviz" / "ui"
BROWSER = {"accept": "text/html,*/*", "accept-encoding": "gzip"}


def client() -> TestClient:
    def page(request: Request) -> Response:
        if request.headers.get("if-none-match") == "old":
            return Response(status_code=304)
        return HTMLResponse(PAGE, headers={"etag": "old", "set-cookie": "a=b"})

    def data(_request: Request) -> Response:
        return JSONResponse({"head": "<head>"})

    pages = [Route(f"{base}/{name}", page) for base in ("", "/lab") for name in ("", "watch")]
    return TestClient(
        Starlette(
            routes=[*pages, Route("/api/data", data), Route("/lab/api/data", data)],
            middleware=[Middleware(AddressBar), Middleware(GZipMiddleware, minimum_size=100)],
        ),
        follow_redirects=False,
    )


@pytest.mark.parametrize("base", ["", "lab", "/lab/"])
@pytest.mark.parametrize("named", ["run=abc&frame=5", "job=abc", "sample=there-and-back&layer=1"])
def test_a_run_without_a_page_leads_to_watch_with_its_parameters(
    monkeypatch: pytest.MonkeyPatch, base: str, named: str
) -> None:
    monkeypatch.setattr(st, "get_option", {"server.baseUrlPath": base}.get)
    below = "/lab" if base else ""
    answer = client().get(f"{below}/?{named}&embed=true", headers=BROWSER)
    assert answer.status_code == 307, "and the browser keeps no note of it"
    # A proxy may have taken a prefix off, which only the browser knows.
    assert answer.headers["location"] == f"watch?{named}&embed=true"
    assert client().get(f"{below}/watch?{named}", headers=BROWSER).status_code == 200


@pytest.mark.parametrize(
    ("base", "asked", "found"),
    [
        ("lab/fixviz", "/lab/fixviz", "/lab/fixviz/"),
        ("lab/fixviz", "/lab/fixviz?lang=zh", "/lab/fixviz/?lang=zh"),
        ("lab/fixviz", "/lab/fixviz?run=a&frame=5", "/lab/fixviz/watch?run=a&frame=5"),
        ("lab/fixviz", "/lab/fixviz/course/?lesson=tokens", "/lab/fixviz/course?lesson=tokens"),
        ("", "/watch/?run=a", "/watch?run=a"),
        ("", "/evil.test/", "/evil.test"),
        ("", "//evil.test/", None),
        ("", "//evil.test/?run=a", None),
    ],
)
def test_a_page_has_one_url_whatever_prefix_a_proxy_takes_off(
    monkeypatch: pytest.MonkeyPatch, base: str, asked: str, found: str | None
) -> None:
    monkeypatch.setattr(st, "get_option", {"server.baseUrlPath": base}.get)
    answer = client().request("GET", f"http://testserver{asked}", headers=BROWSER)
    location = answer.headers.get("location")
    if found is None:
        assert location is None
        return
    assert answer.status_code == 307
    for prefix in ("", "/user/ada/proxy/8501"):
        assert urljoin(f"https://hub.test{prefix}{asked}", location) == (
            f"https://hub.test{prefix}{found}"
        )


@pytest.mark.parametrize("base", ["", "lab"])
@pytest.mark.parametrize("named", ["", "?lang=zh", "?embed=true&frame=5"])
def test_without_a_run_it_is_the_start_page(
    monkeypatch: pytest.MonkeyPatch, base: str, named: str
) -> None:
    monkeypatch.setattr(st, "get_option", {"server.baseUrlPath": base}.get)
    below = "/lab" if base else ""
    assert client().get(f"{below}/{named}", headers=BROWSER).status_code == 200
    assert client().post(f"{below}/?run=abc").status_code == 405


def test_every_page_has_the_scripts_before_all_others() -> None:
    answer = client().get("/watch", headers={**BROWSER, "if-none-match": "old"})
    scripts = [(UI / name).read_text("utf-8") for name in ("backend.js", "history.js")]
    tags = "".join(f"<script>{script}</script>" for script in scripts)
    assert answer.text == PAGE.replace("<head>", f"<head>{tags}")
    assert "etag" not in answer.headers, "a copy without the script is not good enough"
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert answer.headers["set-cookie"] == "a=b"
    assert "</script" not in "".join(scripts)
    slash = (UI / "slash.js").read_text("utf-8")
    assert f"<head><script>{slash}</script>{tags}" in client().get("/", headers=BROWSER).text


def test_other_answers_are_left_as_they_are() -> None:
    answer = client().get("/api/data", headers=BROWSER)
    assert answer.json() == {"head": "<head>"}
    head = client().head("/watch", headers=BROWSER)
    assert head.status_code == 200
    assert not head.content
