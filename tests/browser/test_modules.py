"""The viewer's pure modules against numpy, run where they run: in the browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

from fixviz.media.colormaps import colormap
from fixviz.ui import urls
from tests.browser.conftest import App, Tabs

pytestmark = pytest.mark.browser

LAYERS, HEADS, DIRECTIONS, FRAMES, ROWS, COLUMNS = 2, 3, 5, 7, 11, 13


@pytest.fixture(scope="module")
def blank(tabs: Tabs, app: App) -> Iterator[Page]:
    """A page of the app's own origin, without the app."""
    page = tabs.open()
    page.goto(f"{app.url}/{urls.player()}/styles.css")
    yield page
    tabs.close(page)


def run(page: Page, module: str, body: str, argument: object = None) -> Any:
    """The value of `body`, with the module as `m` and the argument as `x`."""
    url = f"/{urls.player()}/{module}.js"
    return page.evaluate(f"async x => {{ const m = await import('{url}'); {body} }}", argument)


def stored(values: np.ndarray) -> dict[str, Any]:
    """An array as the viewer holds it once decoded; NaN travels as null."""
    flat = [None if np.isnan(v) else float(v) for v in values.astype(np.float32).ravel()]
    return {"shape": list(values.shape), "values": flat}


UNPACK = "const a = { shape: x.shape, values: Float32Array.from(x.values, v => v ?? NaN) };"


def numbers(values: list[float | None]) -> np.ndarray:
    return np.array([np.nan if v is None else v for v in values], np.float64)


def test_every_half_precision_number_is_decoded(blank: Page) -> None:
    body = """const bits = Uint16Array.from({ length: 65536 }, (_, i) => i);
    return Array.from(m.decodeFloat16(bits.buffer), v => Number.isNaN(v) ? "nan" : String(v));"""
    got = np.array([float(v.replace("Infinity", "inf")) for v in run(blank, "arrays", body)])
    expected = np.arange(65536, dtype=np.uint16).view(np.float16).astype(np.float64)
    assert np.array_equal(got, expected, equal_nan=True)


@pytest.mark.parametrize("head", ["mean", "max", 1])
def test_a_map_is_one_head_or_the_mean_of_the_defined_ones(blank: Page, head: int | str) -> None:
    values = np.random.default_rng(2).normal(size=(LAYERS, HEADS, FRAMES, ROWS, COLUMNS))
    values[1, 2, 4, 3] = np.nan
    body = f"{UNPACK} return Array.from(m.frameMap(a, 1, {json.dumps(head)}, 4));"
    got = run(blank, "maps", body, stored(values))
    frame = values[1, :, 4]
    whole = {"mean": np.nanmean, "max": np.nanmax}
    expected = whole[head](frame, 0) if isinstance(head, str) else frame[head]
    assert np.allclose(numbers(got), expected.ravel(), atol=1e-6)


@pytest.mark.parametrize("direction", [None, 3])
def test_neighbor_shares_add_up_over_directions(blank: Page, direction: int | None) -> None:
    values = np.full((LAYERS, HEADS, DIRECTIONS, FRAMES, ROWS, COLUMNS), np.nan)
    rng = np.random.default_rng(3)
    for d in range(DIRECTIONS):
        for head in {d % HEADS, (d // 2) % HEADS}:
            values[:, head, d] = rng.uniform(size=(LAYERS, FRAMES, ROWS, COLUMNS))
    word = "null" if direction is None else direction
    body = f"{UNPACK} return Array.from(m.neighborMap(a, 0, 'mean', {word}, 6));"
    shares = np.nanmean(values[0, :, :, 6], 0)
    expected = shares.sum(0) if direction is None else shares[direction]
    assert np.allclose(
        numbers(run(blank, "maps", body, stored(values))), expected.ravel(), atol=1e-6
    )


def test_a_curve_follows_one_metric(blank: Page) -> None:
    values = np.random.default_rng(5).uniform(size=(LAYERS, HEADS, FRAMES, 6))
    body = f"{UNPACK} return Array.from(m.metricCurve(a, 1, 'mean', 2));"
    got = run(blank, "maps", body, stored(values))
    assert np.allclose(got, values[1, :, :, 2].mean(0), atol=1e-6)


@pytest.mark.parametrize("name", ["viridis", "cividis", "magma"])
def test_color_maps_are_those_of_the_exports(blank: Page, name: str) -> None:
    table = run(blank, "colormaps", f"return Array.from(m.COLOR_MAPS.{name});")
    assert np.abs(np.array(table).reshape(256, 3) - colormap(name).astype(int)).max() <= 1


@pytest.mark.parametrize(
    "names", [["softmax"], ["softmax", "linear-neighbors", "fixation-separate"]]
)
def test_every_curve_has_room_for_its_name(blank: Page, names: list[str]) -> None:
    body = f"""const styles = document.createElement("link");
        styles.rel = "stylesheet";
        styles.href = "/{urls.player()}/styles.css";
        const root = document.createElement("div");
        root.className = "fixviz";
        root.style.width = "900px";
        const timeline = new m.Timeline({{
          times: [0, 1, 2], models: x.map(name => ({{ name, title: name }})), onFrame: () => {{}}
        }});
        root.append(timeline.element);
        const loaded = new Promise(done => {{ styles.onload = done; }});
        document.head.append(styles);
        document.body.replaceChildren(root);
        await loaded;
        timeline.drawCurves(x.map((_, i) => [i / 4, i / 4, i / 4]), [], "");
        const edge = timeline.plot.getBoundingClientRect();
        return [...timeline.plot.querySelectorAll("text.direct")].map(text => {{
          const box = text.getBoundingClientRect();
          return [text.textContent, box.left - edge.left, edge.right - box.right];
        }});"""
    got = run(blank, "timeline", body, names)
    assert [name for name, *_ in got] == names
    assert all(room >= 0 for _, _, room in got), "nothing is cut off at the right"
    assert min(left for _, left, _ in got) > 600, "the plot keeps most of the width"
