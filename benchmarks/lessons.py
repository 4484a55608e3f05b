"""How fast the course is: opening each lesson, what it transfers, and dragging its sliders.

    python benchmarks/lessons.py [--repeats 3] [LESSON ...]

Prints one JSON object. "cold": a browser that has nothing of the app in its cache, "warm": the same browser
later; seconds from the request of the page until the first step's figure is drawn, medians. "course_kb" and
"page_kb": bytes over the network of a cold opening, the course's own part and with Streamlit. "drag_fps":
frames per second while a slider of a figure is dragged (limited to 60 by the screen), of the slowest slider.
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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

from fixviz.course.lesson import LESSONS

READY = '[data-step][data-ready="true"]'
TICKS = 120

DRAG = """async (input, ticks) => {
  const frame = () => new Promise(requestAnimationFrame);
  const [low, high] = [Number(input.min), Number(input.max)];
  for (let i = 0; i < 10; i++) await frame();
  const started = performance.now();
  for (let i = 0; i < ticks; i++) {
    const share = 0.5 - 0.5 * Math.cos((4 * Math.PI * i) / ticks);
    input.value = String(low + share * (high - low));
    input.dispatchEvent(new Event("input", { bubbles: true }));
    await frame();
  }
  return (1000 * ticks) / (performance.now() - started);
}"""


@contextmanager
def serve(home: Path) -> Iterator[str]:
    """Run the app, and yield its URL once it answers."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "fixviz", "app", "--no-browser", "--port", str(port)],
        env={**os.environ, "FIXVIZ_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://localhost:{port}"
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{url}/_stcore/health", timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        time.sleep(8)
        yield url
    finally:
        server.terminate()
        server.wait(30)


def open_lesson(page: Page, url: str, lesson: str) -> float:
    """Return the seconds from the request until the first step is drawn."""
    started = time.perf_counter()
    page.goto(f"{url}/course?lesson={lesson}", wait_until="commit")
    page.wait_for_selector(READY)
    return time.perf_counter() - started


def measure(browser: Browser, url: str, lesson: str, repeats: int) -> dict[str, Any]:
    """Measure one lesson."""
    cold, warm, course, whole = [], [], [], []
    for _ in range(repeats):
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        urls: dict[str, str] = {}
        received: dict[str, float] = {}
        session.on(
            "Network.requestWillBeSent",
            lambda e, u=urls: u.update({e["requestId"]: e["request"]["url"]}),
        )
        session.on(
            "Network.loadingFinished",
            lambda e, r=received: r.update({e["requestId"]: e["encodedDataLength"]}),
        )
        cold.append(open_lesson(page, url, lesson))
        page.wait_for_timeout(1500)
        course.append(sum(size for key, size in received.items() if "/api/" in urls.get(key, "")))
        whole.append(sum(received.values()))
        warm.append(open_lesson(page, url, lesson))
        context.close()
    return {
        "cold_s": round(statistics.median(cold), 2),
        "warm_s": round(statistics.median(warm), 2),
        "course_kb": round(statistics.median(course) / 1000),
        "page_kb": round(statistics.median(whole) / 1000),
        "drag_fps": drag(browser, url, lesson),
    }


def drag(browser: Browser, url: str, lesson: str) -> float | None:
    """Return the frames per second of the slowest slider in a lesson; None without a slider."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    open_lesson(page, url, lesson)
    slowest: list[float] = []
    for number in range(page.locator(".stepper button").count()):
        page.locator(".stepper button").nth(number).click()
        page.wait_for_selector(READY)
        page.wait_for_timeout(300)
        for slider in page.locator("section.figure input[type=range]:visible").all():
            slowest.append(float(slider.evaluate(DRAG, TICKS)))
    page.close()
    return round(min(slowest), 1) if slowest else None


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lessons", nargs="*", default=[])
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder)) as url,
        sync_playwright() as p,
    ):
        browser = p.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        figures = {
            lesson: measure(browser, url, lesson, arguments.repeats)
            for lesson in arguments.lessons or LESSONS
        }
        browser.close()
    print(json.dumps({**figures, "load": psutil.getloadavg()[0]}, indent=1))


if __name__ == "__main__":
    main()
