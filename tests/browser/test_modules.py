"""The viewer's pure modules against numpy, run where they run: in the browser."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

from fixviz.media.colormaps import colormap
from fixviz.ui import addresses
from tests.browser.conftest import App, Tabs

pytestmark = pytest.mark.browser

LAYERS, HEADS, DIRECTIONS, FRAMES, ROWS, COLUMNS = 2, 3, 5, 7, 11, 13


@pytest.fixture(scope="module")
def blank(tabs: Tabs, app: App) -> Any:
    """A page of the app's own address, without the app."""
    page = tabs.open()
    page.goto(f"{app.url}{addresses.component()}/styles.css")
    yield page
    page.close()


def run(page: Page, module: str, body: str, argument: object = None) -> Any:
    """The value of `body`, with the module as `m` and the argument as `x`."""
    address = f"{addresses.component()}/{module}.js"
    return page.evaluate(f"async x => {{ const m = await import('{address}'); {body} }}", argument)


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


def test_an_array_of_the_wrong_size_is_refused(blank: Page) -> None:
    body = """try { m.decodeArray(new ArrayBuffer(10), { dtype: "float16", shape: [2, 3] }); }
    catch (error) { return error.message; }"""
    assert run(blank, "arrays", body) == "An array has 10 bytes instead of 12."


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


def test_a_head_without_the_neighbor_has_no_map(blank: Page) -> None:
    values = np.full((1, 2, 1, 1, 3, 5), np.nan)
    values[:, 0] = 0.5
    body = f"{UNPACK} return m.isUndefined(m.neighborMap(a, 0, 1, 0, 0));"
    assert run(blank, "maps", body, stored(values)) is True


def test_a_curve_follows_one_metric(blank: Page) -> None:
    values = np.random.default_rng(5).uniform(size=(LAYERS, HEADS, FRAMES, 6))
    body = f"{UNPACK} return Array.from(m.metricCurve(a, 1, 'mean', 2));"
    got = run(blank, "maps", body, stored(values))
    assert np.allclose(got, values[1, :, :, 2].mean(0), atol=1e-6)


def test_the_range_starts_at_its_floor_and_names_the_largest(blank: Page) -> None:
    values = np.concatenate([np.linspace(0.5, 2, 9999), [40]])
    body = "return m.colorRange([Float32Array.from(x), new Float32Array([NaN])], 0);"
    got = run(blank, "maps", body, values.tolist())
    assert got["low"] == 0
    assert got["max"] == 40
    assert got["high"] == pytest.approx(np.sort(values)[int(0.998 * values.size)], abs=1e-6)
    assert run(blank, "maps", "return m.colorRange([new Float32Array([NaN])], 0);") is None


GRID = {"rows": ROWS, "columns": COLUMNS, "stride": 8, "display_per_model": [3.0, 5.0]}


def test_a_point_belongs_to_the_patch_whose_center_is_nearest(blank: Page) -> None:
    for y, x in np.random.default_rng(7).uniform((0, 0), (8 * 3 * 10, 8 * 5 * 12), (29, 2)):
        got = run(blank, "geometry", "return m.patchAt(x[0], x[2], x[1], 2);", [GRID, 2 * y, 2 * x])
        assert (got["row"], got["column"]) == (round(y / 24), round(x / 40))


def test_points_outside_the_grid_belong_to_none(blank: Page) -> None:
    for point in ([12 + 24 * 10.6, 5], [5, 40 * 12.6], [-13, 5], [5, -21]):
        assert (
            run(blank, "geometry", "return m.patchAt(x[0], x[2], x[1], 1);", [GRID, *point]) is None
        )


def test_interpolation_keeps_the_centers_and_never_overshoots(blank: Page) -> None:
    values = np.random.default_rng(11).uniform(size=(ROWS, COLUMNS))
    body = f"return Array.from(m.upsample(Float32Array.from(x), {ROWS}, {COLUMNS}, 9));"
    fine = np.array(run(blank, "geometry", body, values.ravel().tolist())).reshape(9 * ROWS, -1)
    assert np.allclose(fine[4::9, 4::9], values, atol=1e-6)
    assert fine.min() >= values.min() - 1e-6
    assert fine.max() <= values.max() + 1e-6
    middle = (fine[4, 8] + fine[4, 9]) / 2
    assert middle == pytest.approx(values[0, :2].mean(), abs=1e-6)


@pytest.mark.parametrize("name", ["viridis", "cividis", "magma"])
def test_color_maps_are_those_of_the_exports(blank: Page, name: str) -> None:
    table = run(blank, "colormaps", f"return Array.from(m.COLOR_MAPS.{name});")
    assert np.abs(np.array(table).reshape(256, 3) - colormap(name).astype(int)).max() <= 1


def test_undefined_values_are_transparent(blank: Page) -> None:
    body = "return Array.from(m.colorize([0, NaN, 9, 4.5], 0, 4.5, m.COLOR_MAPS.viridis));"
    pixels = np.array(run(blank, "colormaps", body)).reshape(4, 4)
    assert pixels[:, 3].tolist() == [255, 0, 255, 255]
    assert pixels[2].tolist() == pixels[3].tolist() == [253, 231, 37, 255]


def test_numbers_are_short(blank: Page) -> None:
    body = "return x.map(m.number);"
    got = run(blank, "format", body, [0, 1, 0.12345, 7.306, 123.4, 0.00001234, None])
    assert got == ["0", "1", "0.123", "7.31", "123", "1.2e-5", "undefined"]


def test_labels_keep_their_distance_and_order(blank: Page) -> None:
    got = run(blank, "timeline", "return m.spread(x, 15, 10, 120);", [50, 52, 118, 119])
    assert np.diff(sorted(got)).min() >= 15 - 1e-9
    assert max(got) <= 120
    assert np.argsort(got).tolist() == [0, 1, 2, 3]
    assert got[0] == 50, "a label that is in nobody's way stays where it belongs"


@pytest.mark.parametrize(
    "names", [["softmax"], ["softmax", "linear-neighbors", "fixation-separate"]]
)
def test_every_curve_has_room_for_its_name(blank: Page, names: list[str]) -> None:
    body = f"""const styles = document.createElement("link");
        styles.rel = "stylesheet";
        styles.href = "{addresses.component()}/styles.css";
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


def test_a_view_that_the_run_cannot_show_takes_the_default(blank: Page, app: App) -> None:
    manifest = app.store.manifest(app.run)
    words = {"frame": "99", "layer": "1", "head": "-1", "show": "x", "axis": "joint", "overlay": ""}
    view = run(blank, "view", "return m.cleanView(x[0], x[1]);", [manifest, words])
    assert (view["frame"], view["layer"], view["head"]) == (0, 1, "mean")
    assert (view["show"], view["axis"], view["overlay"]) == ("attention", "spatial", 60)
    link = run(
        blank, "view", "return m.linkWords(x[0], m.cleanView(x[0], x[1]));", [manifest, words]
    )
    assert link == {"layer": "1"}
