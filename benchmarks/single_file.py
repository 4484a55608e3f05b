"""How fast a run that is one file opens from the disk, and how it scrubs, turns and answers clicks.

    python benchmarks/single_file.py run.html [--view "frame=9"]

The file is one that `fixviz export` wrote. Prints one JSON object: milliseconds until the panels are
drawn (in a browser that has just started, and the median and best of later ones), frames per second
(limited to 60 by the screen), milliseconds from a click on a patch to the row that it shows (the first one
runs the networks, later ones have the features), and the bytes of the file by part; each as measured in
Chromium from file:// without a network, and the machine's load at the end: busy cores make every figure
worse.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

TICKS = 240
OPENINGS = 7
DRAWN = "fixviz: panels drawn"
READY = '.viewer[data-ready="true"]'
SETTLE_MS = 4000

DRAG = """async (viewer, [name, values]) => {
  const input = viewer.querySelector(name);
  const frame = () => new Promise(requestAnimationFrame);
  for (let i = 0; i < 20; i++) await frame();
  const started = performance.now();
  const gaps = [];
  let last = started;
  for (const value of values) {
    input.value = String(value);
    input.dispatchEvent(new Event("input"));
    const now = await frame();
    gaps.push(now - last);
    last = now;
  }
  const seconds = (performance.now() - started) / 1000;
  input.dispatchEvent(new Event("change"));
  return [values.length / seconds, gaps.sort((a, b) => a - b)[Math.floor(0.95 * gaps.length)]];
}"""
CLICK = """async (viewer, [panel, row, column, grid]) => {
  const canvas = viewer.querySelectorAll("canvas.picture")[panel];
  const box = canvas.getBoundingClientRect();
  const x = column * grid.stride / grid.model_width;
  const y = row * grid.stride / grid.model_height;
  const at = { clientX: box.left + x * box.width, clientY: box.top + y * box.height };
  const started = performance.now();
  canvas.dispatchEvent(new MouseEvent("click", { ...at, bubbles: true, composed: true }));
  while (viewer.dataset.query !== `${row}-${column}`) await new Promise(requestAnimationFrame);
  return performance.now() - started;
}"""
DATA = "() => JSON.parse(document.getElementById('data').textContent).manifest"


def sizes(source: str) -> dict[str, int]:
    """Return the bytes of the file by what they are for, as they stand in it."""
    manifest = json.loads(re.findall(r'id="data">(.*?)</script>', source)[0])
    texts = dict(re.findall(r'id="artifact-(\w+)">(.*?)</script>', source))
    run = manifest["manifest"]
    groups = {
        "frames": [entry["sha"] for entry in run["files"].values()],
        "pixels": [e["sha"] for name, e in run["arrays"].items() if name.startswith("pixels/")],
        "weights": [m["network"]["weights"]["sha"] for m in run["models"] if "network" in m],
    }
    found = {name: sum(len(texts.pop(sha, "")) for sha in shas) for name, shas in groups.items()}
    script = re.findall(r"<script>(.*?)</script>", source, re.DOTALL)[0]
    found |= {
        "maps_and_numbers": sum(map(len, texts.values())),
        "player": len(script) + sum(map(len, manifest["files"].values())),
        "manifest": len(json.dumps(run)),
        "all": len(source.encode()),
    }
    return found


def opened(browser: Browser, url: str) -> tuple[Page, float]:
    """Open the file in a window without a network; return the milliseconds until its panels are drawn."""
    context = browser.new_context(offline=True, viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    page.goto(url, wait_until="commit")
    page.wait_for_selector(READY, timeout=120_000)
    return page, float(page.evaluate(f"performance.getEntriesByName('{DRAWN}')[0].startTime"))


def drag(page: Page, name: str, values: Sequence[float]) -> dict[str, float]:
    """Drag a slider through the values, one a frame of the screen."""
    rate, slow = page.locator(".viewer").evaluate(DRAG, [name, list(values)])
    page.wait_for_selector(READY, timeout=120_000)
    return {"frames_per_s": round(rate, 1), "slow_frame_ms": round(slow, 1)}


def measure(browser: Browser, url: str, view: str) -> dict[str, Any]:
    """Measure all figures, in the order in which somebody explores."""
    times = []
    for _ in range(OPENINGS):
        page, milliseconds = opened(browser, url)
        times.append(milliseconds)
        page.context.close()
    page, _ = opened(browser, f"{url}#{view}")
    manifest = page.evaluate(DATA)
    frames, grid = len(manifest["frames"]["index"]), manifest["models"][0]["grid"]
    scrub = [n % frames for n in range(TICKS)]
    turn = [1 + 2 * abs((n % 40) / 20 - 1) for n in range(TICKS)]
    figures: dict[str, Any] = {
        "open_first_ms": round(times[0]),
        "open_again_ms": round(statistics.median(times[1:])),
        "open_again_best_ms": round(min(times)),
    }
    page.wait_for_timeout(SETTLE_MS)
    figures["scrub_received"] = drag(page, "input.time", scrub)
    clicks = []
    for n in range(9):
        where = [2, 1 + n % (grid["rows"] - 2), 1 + (2 * n) % (grid["columns"] - 2), grid]
        clicks.append(float(page.locator(".viewer").evaluate(CLICK, where)))
        page.wait_for_timeout(SETTLE_MS if n == 0 else 200)
    figures["first_click_to_row_ms"] = round(clicks[0])
    figures["click_to_row_ms"] = round(statistics.median(clicks[1:]), 1)
    page.wait_for_selector(READY, timeout=120_000)
    figures["scrub_row"] = drag(page, "input.time", scrub)
    figures["dial_row"] = drag(page, ".dial input", turn)
    page.context.close()
    return figures


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--view", default="", help="query parameters of the view")
    arguments = parser.parse_args()
    chromium = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        figures = measure(browser, arguments.file.resolve().as_uri(), arguments.view)
        browser.close()
    load = round(psutil.getloadavg()[0], 1)
    machine = {"cores": psutil.cpu_count(), "load": load}
    parts = sizes(arguments.file.read_text(encoding="utf-8"))
    print(json.dumps({**machine, **figures, "bytes": parts}, indent=1))


if __name__ == "__main__":
    main()
