"""A click on a patch, which needs JavaScript, on the pages that split one token."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.ui.fixation_run import derive, publish

from .conftest import App
from .views import steady_box

pytestmark = pytest.mark.browser


@pytest.fixture(scope="session")
def tiny(app: App) -> str:
    """Handle of a run of tiny models, with what both pages ask for by themselves."""
    run = publish(app.store)
    for axis in ("spatial", "temporal"):
        derive(app.store, run, "logit_parts", "fixation", axis=axis, layer=1, frame=0)
    derive(app.store, run, "leave_one_out", "fixation")
    derive(app.store, run, "left_out_predictions", "fixation")
    derive(app.store, run, "without_neighbors", "fixation")
    return run


@pytest.mark.slow
@pytest.mark.parametrize("where", ["fixation", "neighborhood"])
def test_a_click_on_a_patch_chooses_it(
    page: Page, app: App, tiny: str, results: Path, where: str
) -> None:
    """Patch (1, 2) of 5 x 8, the 10th of them: the row and column inputs say so."""
    page.goto(f"{app.url}/{where}?run={tiny}&frame=0")
    row, column = (page.locator(f".st-key-on_{name} input") for name in ("row", "column"))
    expect(row).to_have_value("2")
    expect(column).to_have_value("4")
    chart = page.locator(".js-plotly-plot", has=page.locator(".heatmaplayer image")).filter(
        has=page.locator(".imagelayer image")
    )
    patches = chart.first.locator(".scatterlayer .point")
    expect(patches).to_have_count(40)
    patches.nth(10).scroll_into_view_if_needed()
    box = steady_box(patches.nth(10))
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(row).to_have_value("1")
    expect(column).to_have_value("2")
    expect(page.get_by_text("row 1, column 2", exact=False).first).to_be_visible()
    # The inputs still work after a click, and the earlier click does not come back.
    row.fill("3")
    row.press("Enter")
    expect(page.get_by_text("row 3, column 2", exact=False).first).to_be_visible()
    page.screenshot(path=results / f"{where}-patch.png", full_page=True)
