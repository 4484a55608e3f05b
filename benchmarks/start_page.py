"""How long the start page takes on a fresh server, in a browser that has not been there.

    python benchmarks/start_page.py

Each repeat has a new home, a new server, asked as soon as it answers, and a new browser with an empty cache.
Times are milliseconds from the start of the navigation, by the browser's clock: until the first text, until
the first frame is painted under the three maps, until it plays, and until Streamlit has taken the page over.
It needs Chromium and playwright.
"""

from __future__ import annotations

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
from pathlib import Path

import psutil
from playwright.sync_api import Playwright, sync_playwright

REPEATS = 5
ROOT = Path(__file__).resolve().parents[1]
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

WATCH = """
window.seen = {};
const pictures = () => [...document.querySelectorAll("#fixviz-first .screen img")];
const states = {
  picture: () => pictures().length === 3 && pictures().every((img) => img.complete && img.naturalWidth),
  playing: () => Boolean(document.querySelector(".living[data-frame]")),
  app: () => Boolean(window.seen.playing) && !document.getElementById("fixviz-first"),
};
const look = () => {
  for (const [name, holds] of Object.entries(states)) {
    if (window.seen[name] || !holds()) continue;
    // What the page holds now is on screen after the next frame.
    window.seen[name] = 0;
    requestAnimationFrame(() => setTimeout(() => { window.seen[name] = performance.now(); }));
  }
  requestAnimationFrame(look);
};
look();
"""


def measure(playwright: Playwright, browser: str) -> dict[str, float]:
    """Return the times of one fresh server and one fresh browser."""
    with tempfile.TemporaryDirectory() as home, socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
        free.close()
        window = playwright.chromium.launch(executable_path=browser, args=OPTIONS)
        page = window.new_page(viewport={"width": 1280, "height": 800})
        page.add_init_script(WATCH)
        server = start_server(home, port)
        try:
            wait_for_server(f"http://localhost:{port}/_stcore/health")
            page.goto(f"http://localhost:{port}/", wait_until="commit")
            page.wait_for_function("window.seen?.picture")
            workers = len(psutil.Process(server.pid).children(recursive=True))
            page.wait_for_function("window.seen?.app")
            seen = page.evaluate("window.seen")
            text = page.evaluate(
                "performance.getEntriesByName('first-contentful-paint')[0].startTime"
            )
        finally:
            server.terminate()
            server.wait(30)
            window.close()
    return {"text": text, **seen, "processes": workers}


def start_server(home: str, port: int) -> subprocess.Popen[bytes]:
    """Start the app of this folder; it answers a moment later."""
    return subprocess.Popen(
        [sys.executable, "-m", "fixviz", "app", "--no-browser", "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, "FIXVIZ_HOME": home},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def wait_for_server(url: str, limit_s: float = 60) -> None:
    """Return as soon as the server answers."""
    started = time.perf_counter()
    while time.perf_counter() - started < limit_s:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.01)
    raise TimeoutError(f"the server did not answer within {limit_s} s")


def main() -> None:
    """Measure and print one JSON object."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        raise SystemExit("Install Chromium or Chrome first.")
    with sync_playwright() as playwright:
        found = [measure(playwright, browser) for _ in range(REPEATS)]
    figures: dict[str, object] = {"cores": psutil.cpu_count()}
    for name in found[0]:
        values = [round(repeat[name]) for repeat in found]
        figures[name] = values
        figures[f"{name}_median"] = statistics.median(values)
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
