"""A run as plain files: the browser itself runs the networks, and gets what a server would have derived."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from fixviz.analysis.derived import Subject
from fixviz.analysis.features import layer_features
from fixviz.analysis.rollout import derive_rollout
from fixviz.browser_files import BROWSER_FILES
from fixviz.course import shipped
from fixviz.course.shipped import HANDLE
from fixviz.model.checkpoints import load_model
from fixviz.reading.browser_networks import folders, for_browser
from fixviz.settings import Settings
from tests.browser.conftest import BUSY_MS
from tests.browser.file_server import served_files

pytestmark = pytest.mark.browser

OPEN = """async () => {
  const { Parts } = await import("/browser/player/loader.js");
  const parts = new Parts("/run");
  const manifest = await parts.manifest();
  const text = ({ buffer, byteOffset, byteLength }) => {
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    let letters = "";
    for (let i = 0; i < bytes.length; i += 8192)
      letters += String.fromCharCode(...bytes.subarray(i, i + 8192));
    return btoa(letters);
  };
  Object.assign(window, { parts, manifest, text });
}"""
DERIVED = """async parameters => {
  const { description, arrays } = await parts.derived(parameters);
  const found = Object.entries(arrays).map(([name, { shape, values }]) =>
    [name, { shape, values: text(values) }]);
  return { description, arrays: Object.fromEntries(found) };
}"""
STREAM = """async ([parameters, first, then]) => {
  const order = [];
  const stream = await parts.stream(parameters, first, window => {
    order.push(window);
    if (order.length === 1) stream.first(then);
  });
  await stream.done;
  return order;
}"""
FAILURE = "parameters => parts.derived(parameters).then(() => null, error => error.message)"


@pytest.fixture(scope="module")
def static(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The shipped run and the browser's modules as plain files on a server that knows nothing else."""
    root = tmp_path_factory.mktemp("static")
    run = shipped.run()
    manifest = run.store.manifest(HANDLE)
    found = for_browser(manifest, folders(Settings(home=root / "home")))
    artifacts = root / "run" / "artifacts"
    artifacts.mkdir(parents=True)
    for entry in (*manifest["arrays"].values(), *manifest["files"].values()):
        shutil.copy(run.store.artifact_path(HANDLE, entry["sha"]), artifacts)
    for sha, data in found.artifacts.items():
        (artifacts / sha).write_bytes(data)
    del found.manifest["models"][0]["network"]
    found.manifest["models"][0]["network_missing"] = "It is too large for this test."
    (root / "run" / "manifest.json").write_text(json.dumps(found.manifest))
    (root / "browser").symlink_to(BROWSER_FILES)
    with served_files(root) as url:
        yield url


@pytest.fixture(scope="module")
def blank(browser: Browser, static: str) -> Iterator[Page]:
    page = browser.new_page()
    page.set_default_timeout(BUSY_MS)
    page.goto(f"{static}/browser/player/styles.css")
    page.evaluate(OPEN)
    yield page
    page.close()


def decoded(array: dict[str, Any]) -> np.ndarray[Any, Any]:
    return np.frombuffer(base64.b64decode(array["values"]), np.float32).reshape(array["shape"])


@pytest.mark.parametrize(
    ("name", "axis", "layer"), [("fixation", "spatial", 2), ("linear", "temporal", 0)]
)
def test_features_are_the_servers_before_rounding(
    blank: Page, name: str, axis: str, layer: int
) -> None:
    request = {"kind": "features", "model": name, "axis": axis, "layer": str(layer)}
    found = blank.evaluate(DERIVED, request)
    pixels = shipped.run().array("pixels/64")
    known = layer_features(load_model(name, "cpu"), pixels, axis, layer)
    assert {**found["description"], "stored_error": 0} == {**known.description, "stored_error": 0}
    assert set(found["arrays"]) == set(known.arrays)
    for which, values in known.arrays.items():
        # float16 keeps 11 bits.
        np.testing.assert_allclose(decoded(found["arrays"][which]), values, rtol=2**-10, atol=1e-4)


def test_a_rollout_is_the_servers(blank: Page) -> None:
    request = {"kind": "rollout", "model": "fixation", "frame": "9", "row": "4", "column": "2"}
    found = blank.evaluate(DERIVED, request)
    subject = Subject(load_model("fixation", "cpu"), shipped.run().array("pixels/64"))
    known = derive_rollout(subject, {"frame": 9, "row": 4, "column": 2})
    assert found["description"] == pytest.approx(known.description, abs=1e-6)
    np.testing.assert_allclose(decoded(found["arrays"]["map"]), known.arrays["map"], atol=1e-6)


def test_the_window_in_view_comes_first_and_another_can_be_hurried(blank: Page) -> None:
    parameters = {"kind": "features", "model": "fixation", "axis": "spatial", "layer": "1"}
    count = blank.evaluate("manifest.models.at(-1).windows.start.length")
    order = blank.evaluate(STREAM, [parameters, count - 2, count - 1])
    assert order[0] == count - 2
    # One more may have been on its way.
    assert count - 1 in order[1:3]
    assert sorted(order) == list(range(count))


def test_a_model_without_a_network_says_why(blank: Page) -> None:
    missing = {"kind": "features", "model": "softmax", "axis": "spatial", "layer": "0"}
    assert blank.evaluate(FAILURE, missing) == "It is too large for this test."
    assert "no joint attention" in blank.evaluate(
        FAILURE, {**missing, "model": "linear", "axis": "joint"}
    )
