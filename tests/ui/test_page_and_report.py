"""A figure that a page and the report both show has the same numbers and the same caption in both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from fixviz.analysis.what_if.network import HeadsOff
from fixviz.analysis.what_if.plain import to_link
from fixviz.reading.figures.figure import Figure
from fixviz.report.build import build_report
from fixviz.report.options import ReportOptions
from fixviz.report.sheet import Sheet
from fixviz.store import Store
from fixviz.ui.inspect_run import figures as page_figures
from tests.ui import fixation_run, what_if_run
from tests.ui.concentration_run import concentration_run
from tests.ui.page import open_page
from tests.ui.synthetic import COLUMNS, FRAMES, ROWS, TITLES, WINDOW, synthetic_run
from tests.ui.test_attribution_page import KEY, METHOD, attribution, faithfulness, put

Figures = dict[str, Figure]
"""By the name of their files, which tells figures of different models apart."""
VIEW: dict[str, Any] = {"axis": "spatial", "layer": 1, "head": 2, "frame": 3}
METHODS = {"integrated_gradients": "Integrated gradients", "attention_received": "Received"}


@pytest.fixture
def on_page(monkeypatch: pytest.MonkeyPatch) -> Figures:
    """Every figure that a page draws in this test."""
    found: Figures = {}
    below = page_figures.below

    def record(figure: Figure, *, brief: bool = False, **options: bool) -> None:
        if not brief:  # Another figure says what such a one shows.
            found[figure.file or figure.name] = figure
        below(figure, brief=brief, **options)

    monkeypatch.setattr(page_figures, "below", record)
    return found


@pytest.fixture
def in_report(monkeypatch: pytest.MonkeyPatch) -> Figures:
    """Every figure that a report draws in this test."""
    found: Figures = {}
    draw = Sheet.draw

    def record(sheet: Sheet, figure: Figure) -> Any:
        found[figure.file or figure.name] = figure
        return draw(sheet, figure)

    monkeypatch.setattr(Sheet, "draw", record)
    return found


def assert_same(page: Figures, report: Figures, names: set[str]) -> None:
    """These figures are drawn by both, and no others; they are equal but for how they are drawn."""
    assert {*page} & {*report} == names
    for name in names:
        one, other = page[name], report[name]
        assert one.caption == other.caption
        assert one.follows == other.follows
        assert one.alt == other.alt
        assert (one.details, one.warnings) == (other.details, other.warnings)
        assert_equal_tables(one.table, other.table)


def assert_equal_tables(one: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    assert list(one) == list(other)
    for column in one:
        values, others = (np.asarray(table[column]) for table in (one, other))
        if values.dtype.kind == "f":
            np.testing.assert_array_equal(values, others, err_msg=column)
        else:
            assert values.tolist() == others.tolist(), column


@pytest.mark.parametrize("truth", [True, False])
def test_concentration(store: Store, on_page: Figures, in_report: Figures, truth: bool) -> None:
    handle = store.publish("a" * 64, *concentration_run(truth), owner="test", name="orbit.mp4")
    open_page("inspect/concentration", handle, **VIEW)
    build_report(store, handle, ReportOptions(**VIEW))
    first = "mass_on_target" if truth else "motion_agreement"
    assert_same(
        on_page,
        in_report,
        {
            *("concentration", "concentration-over-time", "concentration-layers-heads"),
            *("lorenz-curves", "concentration-distribution", f"{first}-over-time"),
        },
    )


def test_fixation(store: Store, on_page: Figures, in_report: Figures) -> None:
    handle = fixation_run.publish(store)
    fixation_run.derive(store, handle, "logit_parts", "fixation", axis="spatial", layer=1, frame=3)
    open_page("inspect/fixation", handle, model="fixation", **VIEW)
    build_report(store, handle, ReportOptions(**VIEW))
    stem = "noise-mp4-fixation-spatial-attention-layer-1-head-2"
    names = ("ratio-maps", "ratio-histogram", "concentration")
    assert_same(on_page, in_report, {f"{stem}-{name}" for name in names})


def test_neighborhood(store: Store, on_page: Figures, in_report: Figures) -> None:
    handle = fixation_run.publish(store, ("linear", "fixation"))
    for kind in ("leave_one_out", "left_out_predictions", "without_neighbors"):
        fixation_run.derive(store, handle, kind, "fixation")
    for which in ("query", "key"):
        open_page("inspect/neighborhood", handle, layer=0, frame=3, ratio=which)
    build_report(store, handle, ReportOptions(layer=0, frame=3))
    names = ("shares-query", "shares-key", "output-change", "left-out-predictions")
    assert_same(on_page, in_report, {f"noise-mp4-fixation-layer-0-{name}" for name in names})


def test_attribution(store: Store, on_page: Figures, in_report: Figures) -> None:
    """Maps of two models and measures of two methods, one of which has not converged."""
    handle = store.publish(KEY, *synthetic_run(), owner="test", name="orbit.mp4")
    models = list(TITLES)[:2]
    for seed, name in enumerate(models):
        values = np.full((FRAMES, ROWS, COLUMNS), np.nan, np.float32)
        values[:WINDOW] = np.random.default_rng(seed).normal(size=(WINDOW, ROWS, COLUMNS))
        doubt = {"convergence_delta": [0.6], "difference": [5.0]} if seed else {}
        # Without a known truth, the class of all models is the likeliest one.
        target = {"index": 6, "name": "orbit", "predicted": False}
        about = attribution("", **doubt, target=target)
        put(store, "attribution", name, {**METHOD, "target": 6}, about, {"map": values})
        for method, title in METHODS.items():
            description, arrays = faithfulness("better than random", little_room=bool(seed))
            description |= {"method": method, "title": title, "target": target}
            if method != "integrated_gradients":
                description["infidelity"] = None
            arguments = {**METHOD, "method": method, "target": 6}
            put(store, "faithfulness", name, arguments, description, arrays)
    open_page("inspect/attribution", handle, **{"class": "orbit"})
    build_report(store, handle)
    kinds = ("integrated_gradients", "deletion-insertion")
    maps_and_curves = {f"orbit-mp4-{kind}-{name}" for kind in kinds for name in models}
    assert_same(on_page, in_report, {*maps_and_curves, "orbit-mp4-faithfulness"})


def test_what_if(store: Store, on_page: Figures, in_report: Figures) -> None:
    run, listed = what_if_run.publish(store), [HeadsOff((1,), 0)]
    what_if_run.keep_answer(store, run, "linear", listed)
    open_page("inspect/what_if", run, change=to_link(listed), model="linear", **VIEW)
    build_report(store, run, ReportOptions(**VIEW))
    kinds = ("attention_received-source", "concentration-per-layer", "classes")
    assert_same(on_page, in_report, {f"what-if-linear-{kind}-heads.1.l0" for kind in kinds})
