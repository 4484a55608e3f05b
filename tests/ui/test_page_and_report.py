"""A figure that a page and the report both show has the same numbers and the same caption in both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fixviz.reading.figures.figure import Figure
from fixviz.report.build import build_report
from fixviz.report.options import ReportOptions
from fixviz.report.sheet import Sheet
from fixviz.settings import Settings
from fixviz.store import Store
from fixviz.ui.inspect_run import figures as on_page
from tests.ui import fixation_run
from tests.ui.page import open_page

VIEW = {"axis": "spatial", "layer": "1", "head": "2", "frame": "3"}


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A home with tiny real models, and what pages and report show of them once it is computed."""
    home = tmp_path_factory.mktemp("home")
    store = Store(Settings(home=home))
    handle = fixation_run.publish(store)
    for axis in ("spatial", "temporal"):
        place = {"axis": axis, "layer": 1, "frame": 3}
        fixation_run.derive(store, handle, "logit_parts", "fixation", **place)
    return home, handle


def drawn_by_the_report(home: Path, handle: str, monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    found: list[Figure] = []
    draw = Sheet.draw
    monkeypatch.setattr(Sheet, "draw", lambda self, f: (found.append(f), draw(self, f))[1])
    build_report(Store(Settings(home=home)), handle, ReportOptions("spatial", 1, 2, 3))
    return found


def drawn_by_the_page(
    page: str,
    home: Path,
    handle: str,
    monkeypatch: pytest.MonkeyPatch,
    parameters: dict[str, str],
) -> dict[str, Figure]:
    found: dict[str, Figure] = {}
    below = on_page.below
    monkeypatch.setattr(
        on_page, "below", lambda f, *rest: (found.setdefault(f.name, f), below(f, *rest))[1]
    )
    monkeypatch.setenv("FIXVIZ_HOME", str(home))
    open_page(page, handle, **{**VIEW, **parameters})
    return found


SHARED = {
    "inspect/fixation": {"ratio-maps", "ratio-histogram", "ratios-concentration"},
}
"""Figures of each page that the report shows as well."""


@pytest.mark.parametrize("page", SHARED)
def test_page_and_report_show_the_same_figures(
    page: str, real: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    home, handle = real
    reported = drawn_by_the_report(home, handle, monkeypatch)
    shown = drawn_by_the_page(page, home, handle, monkeypatch, {})
    names = {figure.name for figure in reported} & set(shown)
    assert names == SHARED[page]
    for name in names:
        mine = shown[name]
        same = [figure for figure in reported if figure.name == name]
        assert mine.caption in [figure.caption for figure in same]
        other = next(figure for figure in same if figure.caption == mine.caption)
        assert (other.follows, other.details) == (mine.follows, mine.details)
        assert_equal_tables(other.table, mine.table)


def assert_equal_tables(one: Any, other: Any) -> None:
    assert list(one) == list(other)
    for column in one:
        values, others = (np.asarray(table[column]) for table in (one, other))
        if values.dtype.kind == "f":
            np.testing.assert_array_equal(values, others, err_msg=column)
        else:
            assert values.tolist() == others.tolist(), column
