"""The Attribution page and the report show the same figures of the same results."""

from __future__ import annotations

import numpy as np
import pytest

from fixviz.drawing.markup import Html
from fixviz.reading.figures.figure import Figure
from fixviz.report import sheet
from fixviz.report.build import build_report
from fixviz.store import Store
from fixviz.ui.attribution import agreement, faithfulness, maps
from tests.ui.page import open_page
from tests.ui.synthetic import COLUMNS, FRAMES, ROWS, TITLES, WINDOW, synthetic_run
from tests.ui.test_attribution_page import KEY, METHOD, attribution, put
from tests.ui.test_attribution_page import faithfulness as measure

METHODS = {"integrated_gradients": "Integrated gradients", "attention_received": "Received"}


@pytest.fixture
def handle(store: Store) -> str:
    """A run with a map of two models and measures of two methods, one of which has not converged."""
    handle = store.publish(KEY, *synthetic_run(), owner="test", name="orbit.mp4")
    for seed, name in enumerate(list(TITLES)[:2]):
        values = np.full((FRAMES, ROWS, COLUMNS), np.nan, np.float32)
        values[:WINDOW] = np.random.default_rng(seed).normal(size=(WINDOW, ROWS, COLUMNS))
        doubt = {"convergence_delta": [0.6], "difference": [5.0]} if seed else {}
        # Without a known truth, the class of all models is the likeliest one.
        target = {"index": 6, "name": "orbit", "predicted": False}
        about = attribution("", **doubt, target=target)
        put(store, "attribution", name, {**METHOD, "target": 6}, about, {"map": values})
        for method, title in METHODS.items():
            description, arrays = measure("better than random", little_room=bool(seed))
            description |= {"method": method, "title": title, "target": target}
            arguments = {**METHOD, "method": method, "target": 6}
            put(store, "faithfulness", name, arguments, description, arrays)
    return handle


def test_both_draw_the_same_maps_areas_and_curves(
    store: Store, handle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_page: list[Figure] = []
    in_report: list[Figure] = []
    for module in (maps, agreement, faithfulness):
        real = module.draw

        def record(figure: Figure, real: object = real, **options: object) -> object:
            on_page.append(figure)
            return real(figure, **options)  # type: ignore[operator]

        monkeypatch.setattr(module, "draw", record)
    drawn = sheet.Sheet.draw

    def record_too(self: sheet.Sheet, figure: Figure) -> Html:
        in_report.append(figure)
        return drawn(self, figure)

    monkeypatch.setattr(sheet.Sheet, "draw", record_too)
    open_page("inspect/attribution", run=handle, **{"class": "orbit"})
    build_report(store, handle)
    names = [figure.name for figure in on_page]
    assert len(set(names)) == len(names)
    same = {figure.name: figure for figure in in_report}
    shared = [figure for figure in on_page if figure.name in same]
    assert {figure.name for figure in shared} == {
        *(f"{kind}-{name}" for kind in ("map", "curves") for name in list(TITLES)[:2]),
        "areas",
    }
    for figure in shared:
        other = same[figure.name]
        assert figure.caption == other.caption
        assert figure.follows == other.follows
        assert figure.warnings == other.warnings
        assert figure.table == other.table
        assert figure.alt == other.alt
