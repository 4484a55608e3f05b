"""The routes beside the pages."""

from __future__ import annotations

import gzip
import re

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from fixviz.store import Store
from fixviz.ui import urls
from fixviz.ui.routes import create_routes
from tests.ui.concentration_run import concentration_run
from tests.ui.synthetic import synthetic_run

ARRAY = "softmax/spatial/attention_received/source"


@pytest.fixture
def client(store: Store) -> TestClient:
    return TestClient(Starlette(routes=create_routes(lambda: store, lambda: None)))


def test_the_manifest_is_served_and_not_kept(client: TestClient, handle: str) -> None:
    answer = client.get(f"/api/runs/{handle}/manifest.json")
    assert answer.status_code == 200
    assert answer.json()["clip"]["name"] == "orbit.mp4"
    assert answer.headers["cache-control"] == "private, no-store"


def test_the_manifest_says_what_each_window_shows(client: TestClient, store: Store) -> None:
    manifest, arrays, files = concentration_run()
    # 17 frames, 8 a second, of a video with 24: frames 1 to 6 of the first window of 8 show it.
    known = store.publish("c" * 64, manifest, arrays, files, owner="test", name="known")
    models = client.get(f"/api/runs/{known}/manifest.json").json()["models"]
    assert models[0]["windows"]["start"] == [0, 4, 8]
    assert [model["window_truth"] for model in models] == [["orbit", None, None]] * 3
    manifest["truth"] = None
    plain = store.publish("d" * 64, manifest, arrays, files, owner="test", name="plain")
    models = client.get(f"/api/runs/{plain}/manifest.json").json()["models"]
    assert [model["window_truth"] for model in models] == [[None] * 3] * 3


def test_the_manifest_lists_the_attributions_that_the_run_has(
    client: TestClient, store: Store, handle: str
) -> None:
    values = np.linspace(-1, 1, 2 * 3 * 5, dtype=np.float32).reshape(2, 3, 5)
    for model, steps in (("softmax", 7), ("linear", 7), ("linear", 11)):
        name = f'attribution/{model}/{{"method": "occlusion", "steps": {steps}}}'
        store.add_derived("a" * 64, name, {"title": "Occlusion"}, {"map": values * steps})
    store.add_derived("a" * 64, "rollout/linear/{}", {}, {"map": values})
    found = client.get(f"/api/runs/{handle}/manifest.json").json()["attributions"]
    assert [entry["model"] for entry in found] == ["linear", "linear", "softmax"]
    assert all(entry["title"] == "Occlusion" for entry in found)
    # Equal arguments make a group, whatever the model.
    groups = [entry["group"] for entry in found]
    assert len(set(groups)) == 2
    assert groups[2] in groups[:2]
    assert all(re.fullmatch("[0-9a-f]{8}", group) for group in groups)
    sha = found[0]["arrays"]["map"]["sha"]
    assert client.get(f"/api/runs/{handle}/artifacts/{sha}").status_code == 200


def test_an_array_travels_gzipped_and_may_be_kept_for_ever(
    client: TestClient, store: Store, handle: str
) -> None:
    entry = store.manifest(handle)["arrays"][ARRAY]
    answer = client.get(f"/api/runs/{handle}/artifacts/{entry['sha']}")
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    values = np.frombuffer(answer.content, "<f2").reshape(entry["shape"])
    assert np.array_equal(values, synthetic_run()[1][ARRAY])


def test_a_client_without_gzip_gets_plain_bytes(
    client: TestClient, store: Store, handle: str
) -> None:
    entry = store.manifest(handle)["arrays"][ARRAY]
    url = f"/api/runs/{handle}/artifacts/{entry['sha']}"
    answer = client.get(url, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in answer.headers
    assert answer.content == gzip.decompress(store.artifact_path(handle, entry["sha"]).read_bytes())


def test_an_image_travels_as_it_is(client: TestClient, store: Store, handle: str) -> None:
    entry = store.manifest(handle)["files"]["frame/0003"]
    answer = client.get(f"/api/runs/{handle}/artifacts/{entry['sha']}")
    assert "content-encoding" not in answer.headers
    assert answer.content == synthetic_run()[2]["frame/0003"]


@pytest.mark.parametrize("tag", ['"{}"', 'W/"{}"', '"other", "{}"', "*"])
def test_what_the_client_has_is_not_sent_again(
    client: TestClient, store: Store, handle: str, tag: str
) -> None:
    sha = store.manifest(handle)["arrays"][ARRAY]["sha"]
    url = f"/api/runs/{handle}/artifacts/{sha}"
    answer = client.get(url, headers={"if-none-match": tag.format(sha)})
    assert answer.status_code == 304
    assert answer.content == b""
    assert answer.headers["etag"] == f'"{sha}"'


@pytest.mark.parametrize(
    "path",
    [
        "runs/AAAAAAAAAAAAAAAAAAAAAA/manifest.json",
        "runs/..%2F..%2Fhandles/manifest.json",
        "runs/x/artifacts/" + "0" * 64,
        "ui/v/nothing.js",
        "ui/v/..%2Fcomponent.py",
        "ui/v/..",
        "ui/v/attention/..%2F..%2Fcomponent.py",
        "ui/v/attention",
    ],
)
def test_what_is_not_there_is_answered_by_a_sentence(client: TestClient, path: str) -> None:
    answer = client.get(f"/api/{path}")
    assert answer.status_code == 404
    if answer.headers["content-type"] == "application/json":
        assert answer.json()["error"].endswith(".")
        assert "max-age" not in answer.headers.get("cache-control", "")


def test_an_artifact_of_another_run_is_not_given_out(client: TestClient, handle: str) -> None:
    answer = client.get(f"/api/runs/{handle}/artifacts/{'0' * 64}")
    assert answer.status_code == 404
    assert "There is no such run" in answer.json()["error"]


def test_a_deleted_run_is_gone(client: TestClient, store: Store, handle: str) -> None:
    store.delete(handle)
    assert client.get(f"/api/runs/{handle}/manifest.json").status_code == 404


def test_the_modules_are_kept_by_version(client: TestClient) -> None:
    current = client.get(f"{urls.player()}/main.js")
    assert current.headers["content-type"].startswith("text/javascript")
    assert "immutable" in current.headers["cache-control"]
    old = client.get("/api/ui/0123456789ab/player/main.js")
    assert old.content == current.content
    assert old.headers["cache-control"] == "no-store"
