"""Take the pictures of the app that the documentation shows: `python docs/pictures.py`.

Starts the app with an empty library, follows the tutorial in Chromium, and writes docs/images/*.png.
Run it after a change of what the pages look like; it takes a minute or two.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Page, sync_playwright

ROOT: Final = Path(__file__).resolve().parents[1]
IMAGES: Final = ROOT / "docs/images"
CHROMIUM: Final = ["chromium", "chromium-browser", "google-chrome"]
ARGUMENTS: Final = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WAIT_MS: Final = 180_000
READY: Final = '.viewer[data-ready="true"]'


@contextmanager
def running_app(home: Path) -> Iterator[str]:
    """Start the app with `home` as its library, and return its URL once it answers."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    url = f"http://localhost:{port}"
    command = [sys.executable, "-m", "fixviz", "app", "--no-browser", f"--port={port}"]
    with subprocess.Popen(command, env={**os.environ, "FIXVIZ_HOME": str(home)}) as process:
        try:
            for _ in range(600):
                try:
                    urllib.request.urlopen(f"{url}/_stcore/health", timeout=5)
                    break
                except OSError:
                    time.sleep(0.2)
            yield url
        finally:
            process.terminate()


def save(page: Page, name: str, height: int | None = None) -> None:
    """Write what the window shows, down to `height`."""
    path = IMAGES / f"{name}.png"
    width = page.viewport_size["width"] if page.viewport_size else 0
    clip = {"x": 0, "y": 0, "width": width, "height": height} if height else None
    page.mouse.move(0, 0)
    page.wait_for_timeout(1500)
    page.screenshot(path=path, clip=clip)  # type: ignore[arg-type]
    with Image.open(path) as picture:
        picture.convert("RGB").save(path, optimize=True)
    sys.stdout.write(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1000} kB\n")


def take(page: Page, url: str, clip: Path) -> None:
    """Follow the tutorial, and take a picture at each stop."""
    page.goto(url)
    page.locator("canvas, video, svg").first.wait_for(timeout=WAIT_MS)
    page.wait_for_timeout(3000)
    save(page, "start", 700)

    page.goto(f"{url}/watch?sample=there-and-back")
    page.wait_for_selector(READY, timeout=WAIT_MS)
    save(page, "watch", 785)

    page.goto(f"{url}/watch")
    page.locator("input[type=file]").set_input_files(clip)
    analyze = page.get_by_role("button", name="Analyze")
    analyze.wait_for(timeout=WAIT_MS)
    page.wait_for_timeout(3000)
    save(page, "own-clip-chosen")
    analyze.click()
    page.wait_for_selector(READY, timeout=WAIT_MS)
    save(page, "own-clip-watch", 640)

    panel = page.locator("canvas.picture").nth(3)
    box = panel.bounding_box()
    assert box is not None
    panel.click(position={"x": box["width"] * 0.4, "y": box["height"] * 0.5})
    page.wait_for_timeout(1000)
    page.wait_for_selector(READY, timeout=WAIT_MS)
    save(page, "own-clip-patch", 640)

    page.get_by_role("link", name="Concentration").click()
    page.locator(".js-plotly-plot").first.wait_for(timeout=WAIT_MS)
    page.wait_for_timeout(3000)
    save(page, "own-clip-concentration")

    page.get_by_role("button", name="Report", exact=True).click()
    page.wait_for_timeout(2000)
    save(page, "own-clip-report", 760)


def take_for_teachers(page: Page, url: str) -> None:
    """Take pictures of the page for teachers and of presenter mode."""
    page.goto(f"{url}/teach")
    page.get_by_role("button", name="Start from the plan of 45 minutes").click()
    save(page, "teach")

    page.set_viewport_size({"width": 1024, "height": 768})
    page.goto(f"{url}/watch?sample=there-and-back&present=1")
    page.wait_for_selector(READY, timeout=WAIT_MS)
    save(page, "presenter")


def main() -> None:
    """Take all pictures."""
    program = next(found for name in CHROMIUM if (found := shutil.which(name)))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        clip = Path(folder) / "clip.mp4"
        shutil.copy(ROOT / "assets/samples/meet-and-part.mp4", clip)
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        with running_app(Path(folder) / "home") as url:
            page = browser.new_page(
                viewport={"width": 1280, "height": 900}, color_scheme="light", locale="en-US"
            )
            take(page, url, clip)
            take_for_teachers(page, url)
        browser.close()


if __name__ == "__main__":
    main()
