"""Page and report show the same concentration: same caption, same numbers, same conclusion."""

from __future__ import annotations

from functools import partial

import pytest

from fixviz.reading.figures.figure import Figure
from fixviz.report.build import build_report
from fixviz.report.options import ReportOptions
from fixviz.report.sheet import Sheet
from fixviz.store import Store
from fixviz.ui.concentration import page
from fixviz.ui.inspect_run import figures
from tests.ui.concentration_run import concentration_run
from tests.ui.page import open_page


@pytest.mark.parametrize("truth", [True, False])
def test_the_same_figures(store: Store, monkeypatch: pytest.MonkeyPatch, truth: bool) -> None:
    handle = store.publish("a" * 64, *concentration_run(truth), owner="test", name="orbit.mp4")
    on_page: dict[str, Figure] = {}
    in_report: dict[str, Figure] = {}
    show, draw = figures.show, Sheet.draw

    def noted(figure: Figure, **options: object) -> object:
        on_page[figure.file or figure.name] = figure
        return show(figure, **options)

    def written(sheet: Sheet, figure: Figure) -> object:
        in_report[figure.file or figure.name] = figure
        return draw(sheet, figure)

    monkeypatch.setattr(page, "draw", noted)
    monkeypatch.setattr(Sheet, "draw", written)
    opened = partial(open_page, "inspect/concentration", handle, on_layer="1", on_head="Head 2")
    opened(on_frame="5")
    build_report(store, handle, ReportOptions(layer=1, head=2, frame=5))
    first = "mass_on_target" if truth else "motion_agreement"
    shared = {
        *("concentration", "concentration-over-time", "concentration-layers-heads"),
        *("lorenz-curves", "concentration-distribution", f"{first}-over-time"),
    }
    assert shared <= {*on_page} & {*in_report}
    for name in {*on_page} & {*in_report}:
        one, other = on_page[name], in_report[name]
        assert (one.caption, one.follows, one.alt) == (other.caption, other.follows, other.alt)
        assert repr(one.table) == repr(other.table)
