"""The start page's content: in the server's page, in each language, with numbers of the shipped run."""

from __future__ import annotations

import base64
import copy
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

import numpy as np
import psutil
import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from fixviz.course import shipped
from fixviz.course.app_texts import app_texts
from fixviz.errors import RunNotFound
from fixviz.reading.run import StoredRun
from fixviz.start import body, picture
from fixviz.store import Store
from fixviz.ui import language, urls
from fixviz.ui.routes import create_routes
from fixviz.ui.start import first
from tests.ui.page import open_page
from tests.ui.synthetic import CLASSES, synthetic_run

PAGE = '<!doctype html><html lang="en"><head></head><body><div id="root"></div></body></html>'
BROWSER = {"accept": "text/html,*/*"}


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    caches = (picture.living_picture, body.body, first.first_block)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


@pytest.fixture
def client(store: Store) -> TestClient:
    def page(_request: object) -> HTMLResponse:
        return HTMLResponse(PAGE)

    def plain(_request: object) -> PlainTextResponse:
        return PlainTextResponse(PAGE)

    pages = [Route(path, page) for path in ("/", "/watch", "/lab/")]
    return TestClient(
        Starlette(
            routes=[*pages, Route("/data", plain), *create_routes(lambda: store, lambda: None)],
            middleware=[Middleware(first.StartPage)],
        )
    )


def data(page: str) -> dict[str, Any]:
    """What the page's module draws from."""
    found = re.search(r'<script type="application/json" class="data">(.*?)</script>', page)
    assert found
    return dict(json.loads(found[1]))


def test_all_that_the_first_picture_needs_comes_from_the_server_without_a_worker(
    client: TestClient,
) -> None:
    before = set(psutil.Process().children(recursive=True))
    answer = client.get("/", headers=BROWSER)
    assert answer.text.count('<img src="data:image/webp;base64,') == 3
    assert answer.text.index('id="fixviz-first"') < answer.text.index('id="root"')
    assert int(answer.headers["content-length"]) == len(answer.content) < 100_000
    hinted = re.findall(r"<([^>]+)>; rel=(\w+)", answer.headers["link"])
    modules = [url for url, relation in hinted if relation == "modulepreload"]
    assert [url for url in modules if url.endswith("/start/main.js")]
    for url, _ in hinted:
        assert client.get(url).status_code == 200, url
    found = data(answer.text)
    assert len(found["frames"]) == 32
    for sha in found["frames"]:
        assert client.get(f"{found['base']}/artifacts/{sha}").status_code == 200
    assert set(psutil.Process().children(recursive=True)) == before


def test_the_hints_are_the_modules_that_the_picture_imports(client: TestClient) -> None:
    """Not one too few, which would be fetched late, and none that nobody needs."""
    answer = client.get("/", headers=BROWSER)
    hinted = set(re.findall(r"<([^>]+)>; rel=modulepreload", answer.headers["link"]))
    [start] = [url for url in hinted if url.endswith("/start/main.js")]
    needed, left = set(), [start]
    while left:
        url = left.pop()
        needed.add(url)
        for name in re.findall(r'^import .*?from "(.+?)";', client.get(url).text, re.M | re.S):
            path = str(client.base_url.join(url).join(name).path).lstrip("/")
            if path not in needed:
                left.append(path)
    assert hinted == needed


@pytest.mark.parametrize(
    ("url", "headers", "expected"),
    [
        ("/", {}, "en"),
        ("/", {"accept-language": "zh-CN,zh;q=0.9,en;q=0.8"}, "zh"),
        ("/", {"accept-language": "fr-FR,zh;q=0.9"}, "en"),
        ("/?lang=zh", {"accept-language": "en-US"}, "zh"),
        ("/?lang=xx", {"accept-language": "zh"}, "zh"),
        ("/", {"cookie": f"{language.COOKIE}=zh"}, "zh"),
        ("/?lang=en", {"cookie": f"{language.COOKIE}=zh"}, "en"),
        ("/", {"cookie": f"{language.COOKIE}=<b>", "accept-language": "zh"}, "zh"),
    ],
)
def test_the_page_is_in_the_language_of_the_visitor(
    client: TestClient, url: str, headers: dict[str, str], expected: str
) -> None:
    page = client.get(url, headers={**BROWSER, **headers}).text
    assert f'<html lang="{expected}">' in page
    assert app_texts(expected)["start.sentence"] in page
    other = {"en": "zh", "zh": "en"}[expected]
    assert app_texts(other)["start.sentence"] not in page


def test_other_pages_and_data_are_left_as_they_are(client: TestClient) -> None:
    assert client.get("/watch", headers=BROWSER).text == PAGE
    assert client.get("/data", headers=BROWSER).text == PAGE
    assert client.get("/", headers={"accept": "application/json"}).text == PAGE
    head = client.head("/", headers=BROWSER)
    assert head.status_code == 200
    assert not head.content


@pytest.mark.parametrize("prefix", ["", "/user/ada/proxy/8501"])
def test_under_a_base_path_all_links_lie_below_it(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, prefix: str
) -> None:
    """Also where a proxy takes a prefix off that the server never sees."""
    options = {"server.baseUrlPath": "lab"}
    monkeypatch.setattr(st, "get_option", options.get)
    answer = client.get("/lab/", headers=BROWSER)
    page, here = answer.text, f"https://hub.test{prefix}/lab/"
    found = re.findall(r'class="way" data-way="\w+" href="([^"]+)"', page)
    assert [urljoin(here, link) for link in found] == [
        f"{here}watch?sample=there-and-back",
        f"{here}watch",
        f"{here}course?lesson=tokens",
    ]
    fetched = [str(data(page)["base"]), *re.findall(r'type="module" src="([^"]+)"', page)]
    fetched += re.findall("<([^>]+)>", answer.headers["link"])
    assert len(fetched) > 10
    assert all(urljoin(here, url).startswith(f"{here}api/") for url in fetched)


def test_without_the_run_there_are_still_the_sentence_and_the_ways_in(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> StoredRun:
        raise RunNotFound("There is no such run.")

    monkeypatch.setattr(shipped, "run", missing)
    page = client.get("/", headers=BROWSER).text
    assert page.count('class="way"') == 3
    assert 'class="living"' not in page


def test_the_numbers_are_those_of_the_run(store: Store) -> None:
    """Known answers: the median over the frames of the heads' mean, and windows that show a motion."""
    manifest, arrays, files = copy.deepcopy(synthetic_run())
    support = manifest["metrics"].index("effective_support")
    metrics = arrays["linear/spatial/metrics"]
    heads, frames = metrics.shape[1:3]
    # Heads differ by 2 around their mean; the mean over frames would be far from the median.
    per_frame = np.full(frames, 40.0)
    per_frame[: frames // 2] = np.arange(frames // 2)
    metrics[:-1, ..., support] = 1
    metrics[-1, ..., support] = per_frame + 2 * (np.arange(heads) - (heads - 1) / 2)[:, None]
    entry = next(model for model in manifest["models"] if model["name"] == "linear")
    native = manifest["frames"]["index"]
    starts, length = entry["windows"]["start"], entry["windows"]["frames"]
    entry["probabilities"] = np.eye(len(CLASSES))[[2] * len(starts)].tolist()
    last = native[starts[0] + length - 1]
    segments = [
        {
            "class": CLASSES[2],
            "first_frame": native[0],
            "last_frame": last,
            "start_s": 0,
            "end_s": 1,
        }
    ]
    manifest["truth"] = {"positive": 0.1, "segments": segments}
    run = StoredRun.open(store, store.publish("a" * 64, manifest, arrays, files, owner="test"))
    found = picture._picture(run)
    linear = found.models[1]
    assert linear.name == "linear"
    assert linear.looks_at == 40
    shown = [
        sum(native[f] <= last for f in range(s, min(s + length, frames)))
        >= min(length, frames - s) / 2
        for s in starts
    ]
    assert linear.asked == sum(shown) >= 1
    assert linear.right == linear.asked, "it always says the one class that is shown"
    maps = np.frombuffer(base64.b64decode(linear.maps), "<f2")
    received = arrays["linear/spatial/attention_received/source"][-1].astype(np.float32)
    np.testing.assert_allclose(maps, received.mean(axis=0).ravel(), rtol=2e-3)
    assert found.patches == 9 * 12
    assert found.range[0] == 0 < found.range[1]


def test_the_page_of_the_app_says_the_same_as_the_servers(store: Store) -> None:
    at = open_page(lang="zh")
    component = at.get("bidi_component")[0]
    told = json.loads(component.proto.json)
    assert told["language"] == "zh"
    assert told["html"] == body.body("zh", urls.start_links())


def test_links_of_earlier_versions_go_on_to_watch(handle: str) -> None:
    at = open_page(run=handle, layer="1")
    assert at.title[0].value == "orbit.mp4"
    assert at.query_params["layer"] == "1"
