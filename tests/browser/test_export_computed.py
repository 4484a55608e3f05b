"""Exports of what the browser computes: a query's row, the dial, and a rollout from the server."""

from __future__ import annotations

import itertools
from pathlib import Path
from xml.etree import ElementTree

import av
import numpy as np
import pytest
from playwright.sync_api import Page

from fixviz.engine import DeriveRequest
from tests.browser.real_run import COLUMN, FRAME, LAYER, MODELS, ROW, Real
from tests.browser.views import export, open_view, table

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SVG = "{http://www.w3.org/2000/svg}"
QUERY = f"{ROW}-{COLUMN}"
NEAR = 1e-3
"""Of the largest weight: the features are stored in half precision."""


def texts(path: Path) -> list[str]:
    """The texts in a drawing; what stands in a style of its own is one by itself."""
    root = ElementTree.parse(path).getroot()
    return [text for node in root.iter(f"{SVG}text") for text in node.itertext()]


def test_a_table_of_a_row_holds_the_weights_of_the_query(page: Page, real: Real) -> None:
    parameters = {"show": "row", "layer": LAYER, "by": "slot", "head": 2, "query": QUERY}
    open_view(page, real.url, real.handle, frame=FRAME, **parameters)
    saved = export(page, "csv")
    query = ROW * real.manifest["models"][0]["grid"]["columns"] + COLUMN
    for model in MODELS:
        weights = real.weights(model, "spatial")
        request = DeriveRequest(real.handle, "features", model, {"axis": "spatial", "layer": LAYER})
        features = real.store.derived(real.handle, request.name)
        assert features is not None
        # As exact as the panel says: the error that storing in half precision makes.
        near = max(NEAR, 2 * features["stored_error"]) * weights.max()
        expected = weights[real.position, 2, query]
        np.testing.assert_allclose(table(saved, model), expected, rtol=0, atol=near)
    assert f"attention-weights-from-a-patch_spatial_layer-{LAYER}" in saved.suggested_filename
    comments = saved.path().read_text().split("model,row")[0]
    assert f"from the patch in row {ROW}, column {COLUMN}" in comments
    assert "by slot" in comments


def test_a_drawing_of_a_row_marks_its_query(page: Page, real: Real) -> None:
    parameters = {"show": "row", "layer": LAYER, "query": f"{QUERY}.1-2", "active": 0}
    open_view(page, real.url, real.handle, frame=FRAME, **parameters)
    root = ElementTree.parse(export(page, "svg").path()).getroot()
    outlines = [r for r in root.iter(f"{SVG}rect") if r.get("fill") == "none"]
    # The clip and three models, two queries each, a dark line under a light one.
    assert len(outlines) == 4 * 2 * 2
    grid, display = real.manifest["models"][0]["grid"], real.manifest["display"]
    cell = 300 / display["width"] * grid["stride"] * grid["display_per_model"][1]
    assert float(outlines[0].get("width", 0)) == pytest.approx(cell, abs=0.01)
    assert float(outlines[0].get("x", 0)) == pytest.approx(20 + (COLUMN - 0.5) * cell, abs=0.01)
    assert [line.get("stroke-width") for line in outlines[:4]] == ["4", "2", "3", "1"]


def test_a_drawing_says_which_frames_a_row_cannot_reach(page: Page, real: Real) -> None:
    last = len(real.manifest["frames"]["index"]) - 1
    parameters = {"show": "row", "axis": "temporal", "layer": LAYER, "query": QUERY, "at": 0}
    open_view(page, real.url, real.handle, frame=last, **parameters)
    lines = texts(export(page, "svg").path())
    assert lines.count("Another window") == len(MODELS)
    length = real.manifest["models"][0]["windows"]["frames"]
    assert f"at frames 0 to {length - 1} only." in " ".join(lines)


def test_a_table_under_the_dial_holds_what_the_dial_makes(page: Page, real: Real) -> None:
    open_view(page, real.url, real.handle, frame=FRAME, layer=LAYER, by="slot", head=1, alpha=2)
    saved = export(page, "csv")
    weights = real.weights("fixation", "spatial", squared=True)[real.position, 1]
    expected = len(weights) * weights.mean(0)
    np.testing.assert_allclose(table(saved, "fixation"), expected, atol=NEAR * expected.max())
    learned = real.store.array(real.handle, "linear/spatial/attention_received/slot")
    assert table(saved, "linear") == learned[LAYER, 1, FRAME].ravel().tolist()
    comments = saved.path().read_text().split("model,row")[0]
    assert (
        "fixation ratios to the power 2 (only this attention is changed, not its input)" in comments
    )
    assert "α = 2.00" in texts(export(page, "svg").path())


def test_an_animation_under_the_dial_has_every_frame(page: Page, real: Real) -> None:
    open_view(page, real.url, real.handle, layer=LAYER, alpha=0.5, scale="frame", overlay=100)
    with av.open(str(export(page, "gif").path())) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == len(real.manifest["frames"]["index"])
    # The last panel, whose maps are computed: it changes from frame to frame.
    panels = [frame[100:250, 970:1260].astype(int) for frame in frames]
    assert min(np.abs(a - b).max() for a, b in itertools.pairwise(panels)) > 8


def test_a_table_of_a_rollout_holds_the_server_s_map(page: Page, real: Real) -> None:
    parameters = {"show": "rollout", "query": QUERY, "at": FRAME}
    open_view(page, real.url, real.handle, frame=FRAME, **parameters)
    saved = export(page, "csv")
    for model in MODELS:
        arguments = {"frame": FRAME, "row": ROW, "column": COLUMN}
        name = DeriveRequest(real.handle, "rollout", model, arguments).name
        stored = real.store.derived_array(real.handle, name, "map")
        shown = np.array(table(saved, model), np.float32)
        assert np.array_equal(shown, stored[real.position].ravel())
    assert "rollout-whole-network_frame-5" in saved.suggested_filename
    comments = saved.path().read_text().split("model,row")[0]
    assert f"from the patch in row {ROW}, column {COLUMN} in frame {FRAME}" in comments
    assert "by convention" in comments
