"""The hints with which the viewer and its run are fetched beside Streamlit's own files."""

from __future__ import annotations

import re

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from fixviz.store import Store
from fixviz.ui.learn.preload import hints as course_hints
from fixviz.ui.preload import Preload
from fixviz.ui.routes import create_routes
from fixviz.ui.watch.preload import first_parts, hints
from tests.ui.synthetic import TITLES


@pytest.fixture
def client(store: Store) -> TestClient:
    def page(_request: object) -> HTMLResponse:
        return HTMLResponse("<!doctype html>")

    def plain(_request: object) -> PlainTextResponse:
        return PlainTextResponse("plain")

    pages = [Route(path, page) for path in ("/", "/watch", "/course", "/library")]
    return TestClient(
        Starlette(
            routes=[*pages, Route("/home", plain), *create_routes(lambda: store, lambda: None)],
            middleware=[
                Middleware(
                    Preload,
                    pages={
                        "watch": lambda parameters, _: hints(lambda: store, parameters),
                        "course": course_hints,
                    },
                )
            ],
        )
    )


def hinted(client: TestClient, url: str) -> dict[str, str]:
    """URL to relation of every hint."""
    link = client.get(url).headers.get("link", "")
    return dict(re.findall(r"<([^>]+)>; rel=(\w+)", link))


def test_every_hinted_url_is_there(client: TestClient, handle: str) -> None:
    found = hinted(client, f"/watch?run={handle}&frame=5")
    assert len(found) > 20
    for url, relation in found.items():
        assert client.get(url).status_code == 200
        assert (relation == "modulepreload") == url.endswith(".js")
    assert f"api/runs/{handle}/manifest.json" in found
    assert any(url.endswith("/styles.css") for url in found)


def test_modules_of_a_first_look_come_early_and_others_do_not(client: TestClient) -> None:
    names = [url.split("/player/")[-1] for url in hinted(client, "/watch")]
    assert {"main.js", "viewer.js"} <= set(names)
    assert not [name for name in names if name.startswith(("export/", "attention/"))]
    assert all(name.endswith(".js") for name in names)


@pytest.mark.parametrize("url", ["/library", "/home"])
def test_other_pages_and_files_bear_no_hints(client: TestClient, url: str) -> None:
    assert hinted(client, url) == {}


@pytest.mark.parametrize("run", ["A" * 22, "../../secret", "", "<x>"])
def test_a_wrong_link_is_no_obstacle(client: TestClient, run: str) -> None:
    answer = client.get("/watch", params={"run": run})
    assert answer.status_code == 200
    assert "artifacts" not in answer.headers["link"]
    assert "secret" not in answer.headers["link"]


def test_the_first_parts_are_those_that_the_view_draws(store: Store, handle: str) -> None:
    manifest = store.manifest(handle)
    stored = {**manifest["files"], **manifest["arrays"]}

    def shas(*names: str) -> list[str]:
        return [stored[name]["sha"] for name in names]

    def maps(axis: str, by: str) -> list[str]:
        each = (f"attention_received/{by}", "metrics")
        return [f"{model}/{axis}/{what}" for model in TITLES for what in each]

    assert first_parts(manifest, {}) == shas("frame/0001", *maps("spatial", "source"))
    parameters = {"frame": "12", "axis": "temporal", "by": "slot"}
    assert first_parts(manifest, parameters) == shas("frame/0012", *maps("temporal", "slot"))
    assert first_parts(manifest, {"show": "ratio-key", "frame": "3"}) == shas("frame/0003")
    assert first_parts(manifest, {"frame": "-1", "axis": "sideways"}) == []


def test_the_course_has_its_modules_texts_and_the_figures_of_its_lesson(client: TestClient) -> None:
    found = hinted(client, "/course?lesson=tokens&lang=en")
    for url, relation in found.items():
        assert client.get(url).status_code == 200, url
        assert (relation == "modulepreload") == url.endswith(".js")
    paths = [url.split("api/", 1)[1].split("/", 2)[2] for url in found]
    assert {"course/main.js", "player/dom.js", "course/styles.css"} <= set(paths)
    assert {"en/course.json", "en/tokens.json", "run/manifest.json"} <= set(paths)
    assert [path for path in paths if path.startswith("course/figures/")]
    # Of the player only what the course imports.
    assert "player/viewer.js" not in paths


def test_the_overview_of_the_course_needs_no_figure(client: TestClient) -> None:
    for url in ("/course", "/course?lesson=nonsense", "/course?lesson=../../secret"):
        assert not [
            found for found in hinted(client, url) if "/figures/" in found or "run/" in found
        ]


def test_the_language_of_the_texts_is_that_of_link_cookie_or_browser(client: TestClient) -> None:
    def texts(url: str, **headers: str) -> str:
        link = client.get(url, headers=headers).headers["link"]
        return re.search(r"/(\w+)/course\.json", link)[1]

    chinese = {"accept-language": "zh-CN,zh;q=0.9,en;q=0.8"}
    assert texts("/course") == "en"
    assert texts("/course", **chinese) == "zh"
    assert texts("/course", cookie="a=b; fixviz_language=en", **chinese) == "en"
    assert texts("/course?lang=zh", cookie="fixviz_language=en") == "zh"


def test_texts_of_a_run_of_ones_own_are_not_fetched_early(client: TestClient, handle: str) -> None:
    found = hinted(client, f"/course?lesson=tokens&run={handle}")
    assert not [url for url in found if "tokens.json" in url or "manifest" in url]
