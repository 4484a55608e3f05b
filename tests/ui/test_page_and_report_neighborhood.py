"""Page and report show the same neighbors: same caption, same numbers, same conclusion."""

from __future__ import annotations

import pytest

from fixviz.reading.figures.figure import Figure
from fixviz.report.build import build_report
from fixviz.report.options import ReportOptions
from fixviz.report.sheet import Sheet
from fixviz.store import Store
from fixviz.ui.inspect_run.figures import show
from fixviz.ui.neighborhood import page
from tests.ui.fixation_run import derive, publish
from tests.ui.page import open_page


def test_the_same_figures(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    handle = publish(store, ("linear", "fixation"))
    for kind in ("leave_one_out", "left_out_predictions", "without_neighbors"):
        derive(store, handle, kind, "fixation")
    on_page: dict[str, Figure] = {}
    in_report: dict[str, Figure] = {}
    draw = Sheet.draw

    def noted(figure: Figure, **options: object) -> object:
        on_page[figure.file] = figure
        return show(figure, **options)

    def written(sheet: Sheet, figure: Figure) -> object:
        in_report[figure.file] = figure
        return draw(sheet, figure)

    monkeypatch.setattr(page, "draw", noted)
    monkeypatch.setattr(Sheet, "draw", written)
    for which in ("query", "key"):
        open_page("inspect/neighborhood", handle, on_layer="0", frame=3, ratio_of=which)
    build_report(store, handle, ReportOptions(layer=0, frame=3))
    shared = {*on_page} & {*in_report}
    named = ("shares-query", "shares-key", "output-change", "left-out-predictions")
    assert shared == {f"noise-mp4-fixation-layer-0-{name}" for name in named}
    for name in shared:
        one, other = on_page[name], in_report[name]
        assert (one.caption, one.follows, one.alt) == (other.caption, other.follows, other.alt)
        assert repr(one.table) == repr(other.table)
