"""Saved drawings in another program than the browser that made them, and without its fonts."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import App
from tests.browser.other_program import faults, wide_fonts
from tests.browser.test_saving import open_page, save
from tests.browser.views import export, open_view
from tests.ui.concentration_run import concentration_run

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return wide_fonts(tmp_path_factory.mktemp("fonts"))


def drawing(*texts: str) -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="200" height="50">{"".join(texts)}</svg>'.encode()


def test_overprinted_and_cut_texts_are_found(wide: dict[str, str]) -> None:
    first = '<text x="5" y="20" font-size="16" font-family="Arial">patches</text>'
    near = '<text x="60" y="20" font-size="16" font-family="Arial">heads</text>'
    clear = '<text x="90" y="20" font-size="16" font-family="Arial">heads</text>'
    beyond = '<text x="150" y="40" font-size="16" font-family="Arial">attention</text>'
    assert faults(drawing(first, clear), wide) == []
    assert faults(drawing(first, near), wide) == ["patches over heads"]
    assert faults(drawing(first, beyond), wide) == ["cut: attention"]


VIEWS = {
    "shared scale": {"frame": 5, "layer": 1},
    "difference from a row": {
        "show": "row",
        "query": "3-7",
        "versus": 2,
        "alpha": 2,
        "axis": "spatial",
    },
    "a scale each": {"scale": "frame", "show": "ratio-query"},
}


@pytest.mark.parametrize("name", VIEWS)
def test_texts_of_a_drawing_fit_without_the_apps_font(
    page: Page, app: App, wide: dict[str, str], results: Path, name: str
) -> None:
    open_view(page, app.url, app.run, **VIEWS[name])
    content = export(page, "svg").path().read_bytes()
    (results / f"drawing-{name.replace(' ', '-')}.svg").write_bytes(content)
    assert b"Source Sans" not in content
    for fonts in ({}, wide):
        assert faults(content, fonts) == []


def test_texts_of_a_chart_fit_without_the_apps_font(
    page: Page, app: App, wide: dict[str, str]
) -> None:
    run = app.store.publish("6" * 64, *concentration_run(), owner="test", name="saved.mp4")
    open_page(page, app, run)
    for chart in ("target-time", "concentration-lorenz"):
        content = save(page, chart, "Drawing as SVG").path().read_bytes()
        for fonts in ({}, wide):
            assert faults(content, fonts) == []
