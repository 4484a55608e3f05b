"""How long the pages under Inspect take to be drawn in a browser, of a run that is stored.

    python benchmarks/inspect_pages.py VIDEO --frames 80

Analyzes the video with the shipped models, starts the app, and goes from one page to the next by its links
in the sidebar, as a visitor does; the first round warms up. Printed are the medians of milliseconds from the
click until the page has changed for the last time, by the browser's clock, and of the time that the browser's
main thread worked meanwhile. It needs Chromium and playwright.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import CDPSession, Page, sync_playwright
from start_page import OPTIONS, start_server, wait_for_server

from fixviz.engine import DEFAULT_MODELS, AnalysisRequest, Engine
from fixviz.settings import Settings
from fixviz.store import Store

PAGES = ("Concentration", "Fixation", "Neighborhood")
PORT = 8599
QUIET_MS = 1_500
"""A page that has not changed for so long is drawn."""

WATCH = """
window.changed = 0;
new MutationObserver(() => { window.changed = performance.now(); }).observe(
  document.querySelector('[data-testid="stMain"]'),
  { subtree: true, childList: true, attributes: true },
);
"""


def analyze(video: Path, frames: int, settings: Settings) -> str:
    """Return the handle of the run."""
    with Engine(settings, Store(settings)) as engine:
        request = AnalysisRequest(str(video), models=DEFAULT_MODELS, frames=frames)
        return engine.run(request)


def worked_ms(session: CDPSession) -> float:
    """Return for how long the main thread of the page has worked so far."""
    found = session.send("Performance.getMetrics")["metrics"]
    return next(1000 * float(each["value"]) for each in found if each["name"] == "TaskDuration")


def wait_until_quiet(page: Page) -> None:
    """Return once the page has not changed for a while."""
    page.wait_for_function(
        "quiet => performance.now() - window.changed > quiet", arg=QUIET_MS, polling=100
    )


def visit(page: Page, session: CDPSession, name: str) -> tuple[float, float]:
    """Go to a page by its link; return how long it took, and how long the main thread worked."""
    link = page.get_by_test_id("stSidebarNav").get_by_role("link", name=name, exact=True)
    before = worked_ms(session)
    started = page.evaluate("performance.now()")
    link.click()
    page.get_by_role("heading", level=1, name=name).wait_for()
    page.locator(".js-plotly-plot").first.wait_for()
    wait_until_quiet(page)
    return page.evaluate("window.changed") - started, worked_ms(session) - before


def main() -> None:
    """Measure and print a line for each page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("video", type=Path)
    parser.add_argument("--frames", type=int, default=80)
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()
    found = [shutil.which(name) for name in ("chromium", "chromium-headless-shell")]
    browser = next(filter(None, found), None)
    if browser is None:
        raise SystemExit("Install Chromium first.")
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        run = analyze(args.video, args.frames, Settings(home=Path(home)))
        server = start_server(home, PORT)
        window = playwright.chromium.launch(executable_path=browser, args=OPTIONS)
        try:
            wait_for_server(f"http://localhost:{PORT}/_stcore/health")
            page = window.new_page(viewport={"width": 1280, "height": 800})
            page.set_default_timeout(120_000)
            page.goto(f"http://localhost:{PORT}/concentration?run={run}")
            page.locator(".js-plotly-plot").first.wait_for()
            page.evaluate(WATCH)
            wait_until_quiet(page)
            session = page.context.new_cdp_session(page)
            session.send("Performance.enable")
            times: dict[str, list[tuple[float, float]]] = {name: [] for name in PAGES}
            for _ in range(1 + args.repeats):
                for name in PAGES:
                    times[name].append(visit(page, session, name))
                    time.sleep(0.5)
        finally:
            window.close()
            server.terminate()
            server.wait(30)
    load = os.getloadavg()[0]
    print(f"load {load:.1f} on {os.cpu_count()} cores")
    for name, seen in times.items():
        drawn, worked = (statistics.median(values) for values in zip(*seen[1:], strict=True))
        print(f"{name}: drawn in {drawn:.0f} ms, main thread {worked:.0f} ms")


if __name__ == "__main__":
    main()
