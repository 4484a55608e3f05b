"""How fast the browser computes attention, on the grid of the published models.

    python benchmarks/browser_attention.py

Three models (softmax, linear, linear with cooperative fixation and feature shift) at 17 x 17 patches,
16 frames, 8 heads of 64 channels, random features, in headless Chromium. "First" includes the shift,
the feature map and the logits of the ratios; a dial step takes a new power of the ratios each time.
Times are milliseconds, the median of the repeats.
"""

from __future__ import annotations

import functools
import http.server
import json
import shutil
import threading
from typing import Any

from playwright.sync_api import sync_playwright

from fixviz.analysis.layer_description import layer_description
from fixviz.analysis.windows import Windows
from fixviz.browser_files import PLAYER_FILES
from fixviz.model.config import ModelConfig
from fixviz.model.layers import Attention

FRAMES, ROWS, COLUMNS, HEADS, WIDTH = 16, 17, 17, 8, 64
MODELS: dict[str, dict[str, Any]] = {
    "softmax": {"attention": "softmax"},
    "linear": {},
    "fixation": {"fixation": "cooperative", "spatial_shift": True, "temporal_shift": True},
}

MEASURE = """async metas => {
  const attention = await import("./attention/index.js");
  const { head_dim: d, heads, rows, columns, frames } = Object.values(metas)[0];
  const random = (size, scale) => Float32Array.from({ length: size }, () => scale * (2 * Math.random() - 1));
  const size = frames * rows * columns * heads * d;
  const features = { query: random(size, 1.7), key: random(size, 1.7), value: random(size, 1.7) };
  const weights = { query_weight: random(3 * d * d, 0.1), key_weight: random(3 * d * d, 0.1),
    query_bias: random(d, 0.5), key_bias: random(d, 0.5) };
  const layers = {};
  for (const [name, meta] of Object.entries(metas)) {
    layers[name] = attention.createLayer(meta, weights);
    attention.setWindow(layers[name], 0, features);
  }
  const clock = work => { const start = performance.now(); work(); return performance.now() - start; };
  const median = (count, work) =>
    Array.from({ length: count }, (_, i) => clock(() => work(i))).sort((a, b) => a - b)[count >> 1];
  const all = work => Object.values(layers).forEach(work);
  const view = { frame: 7, row: 8, column: 5, by: "source" };
  const found = {};
  found["first row"] = clock(() => all(layer => attention.row(layer, view)));
  found["first received"] = clock(() => all(layer => attention.received(layer, view)));
  for (const [name, layer] of Object.entries(layers)) {
    const step = i => { const dial = { ...view, alpha: 0.02 * (i + 1) };
      attention.row(layer, dial); attention.received(layer, dial); };
    median(60, step);
    found[`dial step, ${name}`] = median(120, i => step(i + 60));
  }
  found["dial step, three models"] = median(100, i => all(layer => {
    const dial = { ...view, alpha: 3 - 0.02 * i };
    attention.row(layer, dial); attention.received(layer, dial); }));
  found["click to row, three models"] = median(100, i => all(layer =>
    attention.row(layer, { ...view, row: (3 * i) % rows, column: (5 * i) % columns, alpha: 1.3 })));
  found["next frame, first time, three models"] = median(6, i => all(layer => {
    attention.row(layer, { ...view, frame: 9 + i, alpha: 1.3 });
    attention.received(layer, { ...view, frame: 9 + i, alpha: 1.3 }); }));
  found["next frame again, three models"] = median(6, i => all(layer => {
    attention.row(layer, { ...view, frame: 9 + i, alpha: 1.3 });
    attention.received(layer, { ...view, frame: 9 + i, alpha: 1.3 }); }));
  const label = metas.fixation.folds[0].label;
  found["switch a direction"] = clock(() =>
    attention.received(layers.fixation, { ...view, switches: { [label]: false } }));
  const worker = attention.startAttentionWorker();
  worker.addLayer("fixation", metas.fixation, weights);
  worker.setWindow("fixation", 0, features);
  await worker.run("ratioMaps", "fixation", { frame: 0 });
  const start = performance.now();
  await worker.run("concentration", "fixation", { alpha: 2 });
  found["concentration of 16 frames, worker"] = performance.now() - start;
  worker.close();
  return found;
}"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files without a log line for each."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def meta(axis: Any, changes: dict[str, Any]) -> dict[str, Any]:
    """Describe a layer for the browser."""
    config = ModelConfig(dim=HEADS * WIDTH, heads=HEADS, frames=FRAMES, **changes)
    attention = Attention(config, axis, 0)
    return layer_description(config, attention.axis, 0, Windows(FRAMES, FRAMES), ROWS, COLUMNS)


def main() -> None:
    """Print the times of both axes."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    handler = functools.partial(Quiet, directory=str(PLAYER_FILES))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
            for axis in ("spatial", "temporal"):
                page = browser.new_page()
                page.goto(f"http://127.0.0.1:{server.server_port}/styles.css")
                metas = {name: meta(axis, changes) for name, changes in MODELS.items()}
                found = page.evaluate(MEASURE, metas)
                print(json.dumps({axis: {k: round(v, 2) for k, v in found.items()}}, indent=2))
                page.close()
            browser.close()
        server.shutdown()


if __name__ == "__main__":
    main()
