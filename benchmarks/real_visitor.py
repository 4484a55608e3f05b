"""A real browser in a simulated class: how long until somebody sees a page drawn, with the others around."""

from __future__ import annotations

import asyncio
import random
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from playwright.async_api import Browser, Error, Page, async_playwright
from visitor import VisitError

PAGES: Final = ("Concentration", "Fixation", "Neighborhood", "Watch")
_MOST_MS: Final = 120_000
_PROGRAMS: Final = ("chromium", "chromium-headless-shell", "google-chrome")
_OPTIONS: Final = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
_DRAWN: Final = """() => document.querySelector('.stApp[data-test-script-state="notRunning"]')
  && [...document.querySelectorAll(".stPlotlyChart")].every((c) => c.querySelector("svg.main-svg"))
  && [...document.images].every((image) => image.complete)"""

Note = Callable[[str, float], None]


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Start the Chromium that is installed, or the one of Playwright."""
    path = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=_OPTIONS)
        try:
            yield browser
        finally:
            await browser.close()


async def look_around(
    browser: Browser,
    url: str,
    run: str,
    note: Note,
    dice: random.Random,
    ends: float,
    think_s: float,
) -> None:
    """Open the link of a run, and go from page to page until the time is over. Raises VisitError."""
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(_MOST_MS)
    page = await context.new_page()
    try:
        started = time.perf_counter()
        await page.goto(f"{url.rstrip('/')}/watch?run={run}")
        await _drawn(page, "Watch")
        note("browser opening", time.perf_counter() - started)
        here = "Watch"
        while time.perf_counter() < ends:
            await asyncio.sleep(dice.uniform(0.5, 1.5) * think_s)
            here = dice.choice([name for name in PAGES if name != here])
            started = time.perf_counter()
            await page.get_by_role("link", name=here, exact=True).first.click()
            await _drawn(page, here)
            note(f"browser {here}", time.perf_counter() - started)
    except Error as error:
        raise VisitError(error.message.splitlines()[0]) from error
    finally:
        await context.close()


async def _drawn(page: Page, name: str) -> None:
    """Wait until the page of that name is there, with all its charts and pictures."""
    await page.wait_for_function("(name) => document.title.startsWith(name + ' ')", arg=name)
    if name == "Watch":
        await page.wait_for_selector('.viewer[data-ready="true"]')
    await page.wait_for_function(_DRAWN)
