"""Attention computed in the browser against Python, from the same stored features."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from fixviz.analysis.measures import concentration_measures
from fixviz.browser_files import BROWSER_FILES
from tests.browser.attention_reference import (
    COLUMNS,
    FIGURES,
    HEADS,
    ROWS,
    Dial,
    Reference,
    join_heads,
)
from tests.browser.conftest import BUSY_MS
from tests.browser.file_server import served_files

pytestmark = pytest.mark.browser

TOLERANCE = 1e-5
BOTH = {"spatial_shift": True, "temporal_shift": True}
MODELS: dict[str, dict[str, Any]] = {
    "softmax": {"attention": "softmax"},
    "linear": {},
    "linear, shifted": BOTH,
    "fixation": {"fixation": "cooperative", **BOTH},
    "softmax with fixation": {"attention": "softmax", "fixation": "cooperative", **BOTH},
    "separate": {"fixation": "separate", **BOTH},
    "shared": {"fixation": "cooperative", "shared_projection": True, **BOTH},
    "segments": {"fixation": "cooperative", **BOTH, "frames": 6, "shift_segment": 3},
}
CASES = [(name, axis) for name in MODELS for axis in ("temporal", "spatial")]
JOINT: dict[str, dict[str, Any]] = {
    "joint softmax": {"attention": "softmax", "form": "joint"},
    "joint linear": {"form": "joint"},
    "joint fixation": {"form": "joint", "fixation": "cooperative"},
}
CASES += [(name, "joint") for name in JOINT]
MANY = {"many windows": {"fixation": "cooperative", **BOTH}}
QUERIES = [(0, 0, 0), (1, 3, 6), (2, 2, 1), (3, 4, 5)]
"""Frame, row, column: a corner, borders and the inside, and each window."""

SETUP = """async x => {
  const arrays = await import("./arrays.js");
  const attention = await import("./attention/index.js");
  const decode = text => arrays.decodeFloat16(
    Uint8Array.from(atob(text), letter => letter.charCodeAt(0)).buffer);
  const weights = x.weights && Object.fromEntries(
    Object.entries(x.weights).map(([name, values]) => [name, Float32Array.from(values)]));
  const features = Object.fromEntries(
    Object.entries(x.features).map(([name, text]) => [name, decode(text)]));
  const layer = attention.createLayer(x.meta, weights);
  attention.setWindows(layer, features);
  Object.assign(window, { attention, layer, meta: x.meta, weights, features });
}"""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The URL of the player's files, served as they are beside the others that run in the browser."""
    with served_files(BROWSER_FILES) as url:
        yield f"{url}/player"


@pytest.fixture(scope="module")
def blank(browser: Browser, site: str) -> Iterator[Page]:
    page = browser.new_page()
    page.set_default_timeout(BUSY_MS)
    page.goto(f"{site}/styles.css")
    yield page
    page.close()


@functools.cache
def reference(name: str, axis: Any) -> Reference:
    changes = {**MODELS, **JOINT, **MANY}[name]
    return Reference(axis, clip_frames=7 if name in ("segments", *MANY) else 4, **changes)


@pytest.fixture
def loaded(blank: Page, request: pytest.FixtureRequest) -> tuple[Page, Reference]:
    """The page with a layer in it, and Python's side of the layer."""
    found = reference(*request.param)
    blank.evaluate(SETUP, found.payload)
    return blank, found


def dials(found: Reference) -> list[Dial]:
    """0, as learned, 2 and 3; all directions on, and several off."""
    labels = [fold["label"] for fold in found.payload["meta"]["folds"]]
    some = tuple(dict.fromkeys(labels))[::3]
    result = [Dial()]
    if found.module.fixation is not None:
        result += [Dial(0.0), Dial(2.0), Dial(3.0)]
    if some:
        result += [Dial(off=some), Dial(2.0, off=some)]
    return result


def assert_close(got: Any, expected: Any) -> None:
    """Within 1e-5 of the largest expected value."""
    array = np.array(got, np.float64).reshape(np.shape(expected))
    assert np.abs(array - expected).max() <= TOLERANCE * np.abs(expected).max()


def each(*cases: tuple[str, str]) -> Any:
    ids = [", ".join(case) for case in cases]
    return pytest.mark.parametrize("loaded", cases, ids=ids, indirect=True)


ROW = """request => {
  const { weights, ...rest } = attention.row(layer, request);
  return { weights: Array.from(weights), ...rest };
}"""


@each(*CASES)
def test_rows_by_slot_and_their_figures(loaded: tuple[Page, Reference]) -> None:
    page, found = loaded
    for dial in dials(found):
        for (frame, row, column), head in zip(QUERIES, ("mean", 4, "max", 0), strict=True):
            query = {"frame": frame, "row": row, "column": column}
            got = page.evaluate(ROW, {**query, **dial.parameters, "head": head})
            weights = found.row(dial, **query)
            expected = join_heads(weights, head)
            assert int(np.prod(got["shape"])) == expected.size
            assert_close(got["weights"], expected)
            assert got["position"] == found.windows.position_of_frame[frame]
            if head == "max":
                assert got["sum"] is None
                assert got["figures"] is None
                continue
            assert got["sum"] == pytest.approx(1, abs=1e-6)
            measured = concentration_measures(expected)
            for name, value in zip(FIGURES, measured, strict=True):
                assert got["figures"][name] == pytest.approx(value, rel=1e-5, abs=1e-6)


@each(*CASES)
def test_rows_by_source(loaded: tuple[Page, Reference]) -> None:
    page, found = loaded
    for dial in dials(found):
        for (frame, row, column), head in zip(QUERIES, ("mean", 0, "max", 2), strict=True):
            query = {"frame": frame, "row": row, "column": column}
            got = page.evaluate(ROW, {**query, **dial.parameters, "head": head, "by": "source"})
            weights, outside = found.row_by_source(dial, **query)
            assert got["shape"] == [found.config.frames, ROWS, COLUMNS]
            assert_close(got["weights"], join_heads(weights, head))
            assert got["outside"] == pytest.approx(float(join_heads(outside, head)), abs=1e-6)


@each(*CASES)
@pytest.mark.parametrize("by", ["slot", "source"])
def test_attention_received(loaded: tuple[Page, Reference], by: str) -> None:
    page, found = loaded
    body = """request => {
      const { map, outside } = attention.received(layer, request);
      return { map: Array.from(map), outside };
    }"""
    for dial in dials(found):
        for frame, head in enumerate(("mean", 0, "max", 3)):
            got = page.evaluate(body, {"frame": frame, **dial.parameters, "head": head, "by": by})
            expected, outside = found.received(dial, frame, by)
            assert_close(got["map"], join_heads(expected, head))
            assert got["outside"] == pytest.approx(float(join_heads(outside, head)), abs=1e-6)


@each(*CASES)
def test_concentration_of_every_frame(loaded: tuple[Page, Reference]) -> None:
    page, found = loaded
    for dial in dials(found):
        expected = found.concentration(dial)
        for head, curve in (("mean", expected.mean(0)), (1, expected[1])):
            got = page.evaluate(
                "request => Array.from(attention.concentration(layer, request))",
                {**dial.parameters, "head": head},
            )
            assert_close(got, curve)


@each(*CASES)
def test_ratio_maps(loaded: tuple[Page, Reference]) -> None:
    page, found = loaded
    body = """request => {
      const maps = attention.ratioMaps(layer, request);
      return maps && { query: Array.from(maps.query), key: Array.from(maps.key) };
    }"""
    for dial in dials(found):
        for frame, head in enumerate(("mean", 0, "max", 1)):
            got = page.evaluate(body, {"frame": frame, **dial.parameters, "head": head})
            expected = found.ratios(dial, frame)
            if expected is None:
                assert got is None
                continue
            for name, maps in zip(("query", "key"), expected, strict=True):
                assert_close(got[name], join_heads(maps, head))


@each(*CASES)
def test_rows_as_learned_are_those_of_the_network(loaded: tuple[Page, Reference]) -> None:
    page, found = loaded
    network = found.network_weights()
    for frame, row, column in QUERIES:
        sequence, slot = found.sequence(frame, row, column)
        for head in (0, HEADS - 1):
            query = {"frame": frame, "row": row, "column": column, "head": head}
            assert_close(
                page.evaluate(ROW, query)["weights"], network[sequence, head, slot].numpy()
            )


@each(("fixation", "spatial"))
def test_answers_do_not_depend_on_what_was_asked_before(loaded: tuple[Page, Reference]) -> None:
    page, found = loaded
    asked = [Dial(2.0), Dial(2.0, ("next frame",)), Dial(0.5), Dial(2.0), Dial()]
    for dial in asked:
        for frame in (3, 0):
            got = page.evaluate(
                "request => Array.from(attention.received(layer, request).map)",
                {"frame": frame, **dial.parameters, "by": "source"},
            )
            assert_close(got, join_heads(found.received(dial, frame, "source")[0], "mean"))


@each(("many windows", "temporal"), ("many windows", "spatial"))
def test_windows_share_little_memory(loaded: tuple[Page, Reference]) -> None:
    page, found = loaded
    page.evaluate("""() => {
      window.small = attention.createLayer(meta, weights, 0);
      attention.setWindows(small, features);
    }""")
    for frame in (0, 3, 6, 1, 5, 0):
        got = page.evaluate("frame => Array.from(attention.received(small, { frame }).map)", frame)
        assert_close(got, join_heads(found.received(Dial(), frame, "slot")[0], "mean"))
    assert page.evaluate("small.prepared.size") == 2


@each(("fixation", "temporal"), ("fixation", "spatial"))
def test_what_was_warmed_up_is_not_prepared_again(loaded: tuple[Page, Reference]) -> None:
    page, found = loaded
    body = """() => {
      for (const _ of attention.warmUp(layer, { frame: 1 }));
      const before = layer.prepared.get(0).heads.map(head => head.ready.join());
      const map = Array.from(attention.received(layer, { frame: 1 }).map);
      return [layer.prepared.get(0).heads.every((head, i) => head.ready.join() === before[i]), map];
    }"""
    same, got = page.evaluate(body)
    assert same is True
    assert_close(got, join_heads(found.received(Dial(), 1, "slot")[0], "mean"))


WORKER = """
  const worker = attention.startAttentionWorker();
  worker.addLayer("l", meta, weights);
  meta.windows.forEach((_, window) => worker.setWindow("l", window, layer.inputs.get(window)));
"""


@each(("fixation", "temporal"))
def test_the_worker_answers_the_same(loaded: tuple[Page, Reference]) -> None:
    page, found = loaded
    body = f"""async request => {{ {WORKER}
      const [curve, map] = await Promise.all([
        worker.run("concentration", "l", request), worker.run("received", "l", {{ frame: 2, ...request }})]);
      worker.close();
      return [Array.from(curve), Array.from(map.map)];
    }}"""
    dial = Dial(2.0, ("above",))
    curve, received = page.evaluate(body, dial.parameters)
    assert_close(curve, found.concentration(dial).mean(0))
    assert_close(received, join_heads(found.received(dial, 2, "slot")[0], "mean"))


@each(("fixation", "temporal"), ("fixation", "spatial"))
def test_the_worker_gives_the_maps_of_many_frames(loaded: tuple[Page, Reference]) -> None:
    page, found = loaded
    body = f"""async request => {{ {WORKER}
      const told = [];
      const ask = show => worker.run("maps", "l", {{ ...request, show }}, part => told.push(...part));
      told.push(...await ask("attention"));
      told.push(...await ask("ratio-key"));
      const ratios = told.at(-1).map;
      worker.close();
      const own = attention.ratioMaps(layer, {{ ...request, frame: request.frames.at(-1) }}).key;
      return [told.map(({{ frame, map }}) => [frame, Array.from(map)]), Array.from(ratios), Array.from(own)];
    }}"""
    dial = Dial(2.0)
    frames = [2, 0, 3, 1]
    maps, ratios, own = page.evaluate(body, {"frames": frames, **dial.parameters})
    assert [frame for frame, _ in maps[:4]] == frames
    for frame, got in maps[:4]:
        assert_close(got, join_heads(found.received(dial, frame, "slot")[0], "mean"))
    assert ratios == own


@each(("fixation", "spatial"))
def test_a_newer_request_takes_the_place_of_an_older_one(loaded: tuple[Page, Reference]) -> None:
    page, found = loaded
    body = f"""async () => {{ {WORKER}
      const asked = [0, 0.5, 1, 1.5, 2].map(alpha => worker.run("concentration", "l", {{ alpha }}));
      const answers = await Promise.allSettled(asked);
      worker.close();
      return [answers.map(a => a.reason?.name ?? a.status), Array.from(answers.at(-1).value)];
    }}"""
    names, curve = page.evaluate(body)
    assert names == ["AbortError"] * 4 + ["fulfilled"]
    assert_close(curve, found.concentration(Dial(2.0)).mean(0))


@each(("fixation", "spatial"))
def test_the_worker_says_what_is_wrong(loaded: tuple[Page, Reference]) -> None:
    page, _ = loaded
    body = f"""async () => {{ {WORKER}
      const say = async promise => promise.then(() => "no error", error => error.message);
      const answers = [await say(worker.run("received", "other", {{ frame: 0 }})),
        await say(worker.run("received", "l", {{ frame: 4 }})),
        await say(worker.run("received", "l", {{ frame: 3 }}))];
      const closed = say(worker.run("concentration", "l", {{}}));
      worker.close();
      return [...answers, await closed];
    }}"""
    assert page.evaluate(body) == [
        "The layer other is not known.",
        "There is no frame 4.",
        "no error",
        "The worker was closed.",
    ]
