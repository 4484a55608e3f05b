"""No serious finding of axe in what fixviz draws, and everything within reach of the keyboard."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Page

from fixviz.reading.samples import samples
from tests.browser.conftest import App
from tests.browser.screens import each_scheme
from tests.browser.views import open_view

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
GRAVE = {"serious", "critical"}
STREAMLIT = {
    ("list", "stSidebarNavItems"),
    ("listitem", "stSidebarNavItems"),
}
"""Findings in Streamlit's own elements: (rule, test id of the element around it)."""

FINDINGS = """async (within) => {
  const part = within ? document.querySelector(within) : document;
  const { violations } = await axe.run(part, { resultTypes: ["violations"] });
  const around = node => {
    const [last] = node.target.slice(-1);
    const path = Array.isArray(last) ? last[0] : last;
    return [document.querySelector(path)].filter(Boolean).flatMap(element => {
      const ids = [];
      for (let e = element; e; e = e.parentElement) if (e.dataset.testid) ids.push(e.dataset.testid);
      return ids;
    });
  };
  return violations.flatMap(({ id, impact, nodes }) => nodes.map(node =>
    ({ id, impact, target: String(node.target), why: node.failureSummary, around: around(node) })));
}"""


LOOKS, EVERY_MS = 8, 500


def grave_findings(page: Page, within: str = "") -> list[dict[str, Any]]:
    """Findings that stay, on the page or in one part of it, which takes less time. within: a CSS selector.

    Where there is one, the page may still be changing, as colors do that fade: it is looked at again.
    """
    found = _findings_now(page, within)
    for _ in range(LOOKS):
        if not found:
            break
        page.wait_for_timeout(EVERY_MS)
        found = _findings_now(page, within)
    return found


def _findings_now(page: Page, within: str) -> list[dict[str, Any]]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found = page.evaluate(FINDINGS, within)
    return [
        finding
        for finding in found
        if finding["impact"] in GRAVE
        and not any((finding["id"], around) in STREAMLIT for around in finding["around"])
    ]


def test_the_viewer_has_no_grave_finding(page: Page, app: App) -> None:
    views: tuple[dict[str, Any], ...] = (
        {},
        {"axis": "temporal", "alpha": 2, "show": "ratio-key"},
        {"scale": "frame", "query": "3-4"},
    )
    for view in views:
        page.goto(
            f"{app.url}/?" + "&".join(f"{k}={v}" for k, v in {"run": app.run, **view}.items())
        )
        page.wait_for_selector("svg.plot .line", state="attached")
        page.wait_for_timeout(800)
        page.get_by_text("Display options").click()
        for scheme in each_scheme(page):
            assert grave_findings(page) == [], (view, scheme)


@pytest.mark.parametrize("path", ["watch", "library", "models", "teach_a_model", "cost"])
def test_the_pages_have_no_grave_finding(page: Page, app: App, path: str) -> None:
    page.goto(f"{app.url}/{path}")
    page.get_by_role("heading", level=1).first.wait_for()
    page.wait_for_timeout(1500)
    assert grave_findings(page) == []


def test_every_sample_has_a_button_of_its_own(page: Page, app: App) -> None:
    page.goto(f"{app.url}/watch")
    for sample in samples():
        page.get_by_role("button", name=f"Watch {sample.title}", exact=True).wait_for()


def test_the_tab_key_reaches_everything_in_order(page: Page, app: App) -> None:
    open_view(page, app.url, app.run)
    page.get_by_label("Show", exact=True).last.focus()
    seen = []
    for _ in range(34):
        seen.append(
            page.evaluate(
                """() => { let e = document.activeElement;
                while (e.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
                const label = e => e?.getAttribute("aria-label");
                return label(e) ?? label(e.closest(".choice")) ?? e.innerText; }"""
            )
        )
        page.keyboard.press("Tab")
    wanted = [
        "Show",
        "Attention",
        "Layer",
        "Head",
        "Display options",
        "Play",
        "Frame",
        "Fixation dial",
    ]
    places = [next(i for i, name in enumerate(seen) if name == want) for want in wanted]
    assert places == sorted(places)
    assert sum("arrow keys move the query patch" in name for name in seen) == 4
