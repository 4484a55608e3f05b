"""How fast the player is: scrubbing, the fixation dial, a click on a patch, opening a stored run.

    python benchmarks/player.py [--width 512]

Three models with random weights at 224 px: 17 x 17 patches, 16 frames, 8 heads. Prints one JSON object:
frames per second (limited to 60 by the screen), milliseconds, and bytes over the websocket, each as
measured in Chromium, and the machine's load at the end: busy cores make every figure worse. "open_first" is
a browser that has nothing of the app or of Streamlit in its cache yet, "open_again" the same later.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch
from dragging import DRAG
from playwright.sync_api import Page, sync_playwright

from fixviz.engine import AnalysisRequest, DeriveRequest, Engine
from fixviz.media.encode import encode_mp4
from fixviz.model.checkpoints import save_checkpoint
from fixviz.model.config import preset
from fixviz.model.transformer import VideoTransformer
from fixviz.settings import Settings
from fixviz.store import Store

ROOT = Path(__file__).resolve().parents[1]
KINDS: dict[str, dict[str, Any]] = {
    "softmax": {"attention": "softmax", "fixation": "none"},
    "linear": {"fixation": "none"},
    "fixation": {"fixation": "cooperative"},
}
SHIFTS = {"spatial_shift": True, "temporal_shift": True}
NONE = {"spatial_shift": False, "temporal_shift": False}
TICKS = 180
CLICKS = 11

DRAWN = "fixviz: panels drawn"
READY = '.viewer[data-ready="true"]'

CLICK = """async (viewer, [x, y, query]) => {
  const canvas = viewer.querySelectorAll("canvas.picture")[3];
  const box = canvas.getBoundingClientRect();
  const at = { clientX: box.left + x * box.width, clientY: box.top + y * box.height };
  const started = performance.now();
  canvas.dispatchEvent(new MouseEvent("click", { ...at, bubbles: true, composed: true }));
  while (viewer.dataset.query !== query) await new Promise(requestAnimationFrame);
  return performance.now() - started;
}"""


def make_run(home: Path, width: int) -> tuple[Store, str]:
    """Store a run of three models with the features of all their layers."""
    frames = np.random.default_rng(0).integers(0, 256, (17, 14, 14, 3), dtype=np.uint8)
    encode_mp4(home / "clip.mp4", frames.repeat(16, 1).repeat(16, 2), 8)
    folders = []
    for name, kind in KINDS.items():
        shifts = SHIFTS if name == "fixation" else NONE
        config = preset("official-b16", dim=width, depth=2, num_classes=15, **{**shifts, **kind})
        torch.manual_seed(0)
        folders.append(home / name)
        save_checkpoint(folders[-1], VideoTransformer(config), title=name.title(), card="")
    settings = Settings(home=home / "home")
    store = Store(settings)
    with Engine(settings, store) as engine:
        names = tuple(str(folder) for folder in folders)
        request = AnalysisRequest(str(home / "clip.mp4"), names, frames=16, rate_hz=8)
        run = engine.run(request)
        for name in KINDS:
            for axis in ("spatial", "temporal"):
                for layer in range(2):
                    arguments = {"axis": axis, "layer": layer}
                    engine.derive(DeriveRequest(run, "features", name, arguments)).result()
    return store, run


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """Serve the app on a free port, and yield its URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py")]
    options = ["--server.headless=true", f"--server.port={port}", "--server.address=127.0.0.1"]
    environment = {**os.environ, "FIXVIZ_HOME": str(home / "home")}
    silent = subprocess.DEVNULL
    server = subprocess.Popen([*command, *options], env=environment, stdout=silent, stderr=silent)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1):
                    break
            except OSError:
                time.sleep(0.1)
        time.sleep(12)  # the worker warms up beside the server
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


class Traffic:
    """Bytes over the page's websocket."""

    def __init__(self, page: Page) -> None:
        self.bytes = 0
        page.on("websocket", self._listen)

    def _listen(self, socket: Any) -> None:
        socket.on("framereceived", self._count)
        socket.on("framesent", self._count)

    def _count(self, data: Any) -> None:
        self.bytes += len(data)

    def since(self, page: Page) -> int:
        """Return the bytes since the last call, once the view has settled."""
        page.wait_for_timeout(1500)
        counted, self.bytes = self.bytes, 0
        return counted


def open_run(page: Page, url: str, run: str, **parameters: Any) -> float:
    """Return the milliseconds from the navigation until all panels are drawn."""
    query = "&".join(f"{key}={value}" for key, value in {"run": run, **parameters}.items())
    page.goto(f"{url}/?{query}", wait_until="commit")
    page.wait_for_selector(READY, timeout=60_000)
    return float(page.evaluate(f"performance.getEntriesByName('{DRAWN}')[0].startTime"))


def drag(page: Page, name: str, values: Sequence[float]) -> dict[str, float]:
    """Drag a slider through the values, one a frame of the screen."""
    rate, slow = page.locator(".viewer").evaluate(DRAG, [name, list(values)])
    page.wait_for_selector(READY, timeout=60_000)
    return {"frames_per_s": round(rate, 1), "slow_frame_ms": round(slow, 1)}


def measure(page: Page, url: str, run: str) -> dict[str, Any]:
    """Measure all figures, in the order in which somebody explores."""
    traffic = Traffic(page)
    opened = [open_run(page, url, run) for _ in range(8)]
    figures: dict[str, Any] = {
        "open_first_ms": round(opened[0]),
        "open_again_ms": round(statistics.median(opened[1:])),
        "open_again_best_ms": round(min(opened[1:])),
    }
    traffic.since(page)
    scrub = [n % 16 for n in range(TICKS)]
    turn = [1 + 2 * abs((n % 40) / 20 - 1) for n in range(TICKS)]
    for axis in ("spatial", "temporal"):
        open_run(page, url, run, axis=axis)
        traffic.since(page)
        figures[f"scrub_received_{axis}"] = drag(page, "input.time", scrub)
        figures["websocket_scrub_bytes"] = traffic.since(page)
        open_run(page, url, run, axis=axis, show="row", query="8-8", at=0)
        page.wait_for_timeout(2000)
        figures[f"scrub_row_{axis}"] = drag(page, "input.time", scrub)
        figures[f"dial_row_{axis}"] = drag(page, ".dial input", turn)
        figures["websocket_dial_bytes"] = traffic.since(page)
        clicks = []
        for n in range(CLICKS):
            row, column = 2 + n, 15 - n
            where = [column * 14 / 224, row * 14 / 224, f"{row}-{column}"]
            clicks.append(float(page.locator(".viewer").evaluate(CLICK, where)))
            page.wait_for_selector(READY, timeout=60_000)
        figures[f"click_to_row_{axis}_ms"] = round(statistics.median(clicks), 1)
        figures["websocket_click_bytes"] = round(traffic.since(page) / CLICKS)
        open_run(page, url, run, axis=axis, alpha=1.5)
        page.wait_for_timeout(2000)
        figures[f"dial_received_{axis}"] = drag(page, ".dial input", turn)
    return figures


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--width", type=int, default=512, help="embedding width D")
    width = parser.parse_args().width
    chromium = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = Path(folder)
        _, run = make_run(home, width)
        with serving(home) as url:
            browser = playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
            )
            page = browser.new_page(viewport={"width": 1400, "height": 1000})
            figures = measure(page, url, run)
            browser.close()
    load = round(psutil.getloadavg()[0], 1)
    machine = {"cores": psutil.cpu_count(), "load": load, "width": width}
    print(json.dumps({**machine, **figures}, indent=1))


if __name__ == "__main__":
    main()
