"""The What if page and the report show the same numbers under the same captions."""

from __future__ import annotations

from typing import Any

import pytest

from fixviz.analysis.what_if.network import HeadsOff
from fixviz.analysis.what_if.plain import to_link
from fixviz.reading.figures.figure import Figure
from fixviz.report.build import build_report
from fixviz.report.options import ReportOptions
from fixviz.report.sheet import Sheet
from fixviz.store import Store
from fixviz.ui.inspect_run import figures
from fixviz.ui.what_if import page
from tests.ui.page import open_page
from tests.ui.what_if_run import keep_answer, publish


def test_page_and_report_show_the_same_figures(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, listed = publish(store), [HeadsOff((1,), 0)]
    keep_answer(store, run, "linear", listed)
    on_page: dict[str, Figure] = {}
    in_report: dict[str, Figure] = {}
    show, draw = figures.show, Sheet.draw

    def recorded(figure: Figure, **options: Any) -> Any:
        on_page[figure.name] = figure
        return show(figure, **options)

    def reported(sheet: Sheet, figure: Figure) -> Any:
        in_report[figure.name] = figure
        return draw(sheet, figure)

    monkeypatch.setattr(page, "draw", recorded)
    monkeypatch.setattr(Sheet, "draw", reported)
    view = {"axis": "spatial", "layer": 1, "head": 2, "frame": 3}
    open_page("inspect/what_if", run, change=to_link(listed), model="linear", **view)
    build_report(store, run, ReportOptions(**view))  # type: ignore[arg-type]
    assert set(on_page) == {"maps-linear", "what-if-layers", "what-if-classes"}
    for name, figure in on_page.items():
        other = in_report[name]
        assert figure.caption == other.caption
        assert figure.follows == other.follows
        assert figure.table == other.table
        assert "head 2" in figure.caption or name == "what-if-classes"
