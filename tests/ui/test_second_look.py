"""A page costs nothing the second time: what one visitor had computed serves the next."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from typing import Any
from unittest.mock import patch

import cv2
import numpy as np
import pytest
import streamlit as st
from plotly import graph_objects as go
from plotly.io import to_json

from fixviz.drawing.colors import PALETTES
from fixviz.drawing.plotly_charts import plotly_chart
from fixviz.drawing.plotly_charts.finished import Finished
from fixviz.reading.figures.figure import Axis, Bars, Figure, Maps, Series
from fixviz.ui import services as services_module
from fixviz.ui.inspect_run import described
from fixviz.ui.services import forget, services
from tests.ui.fixation_run import KEY, derive, publish
from tests.ui.page import charts, open_page

PAGES = ("concentration", "fixation", "neighborhood")


@pytest.fixture
def run(store: Any) -> Iterator[str]:
    """A run with all that its pages ask for by themselves."""
    handle = publish(store)
    for model in ("fixation", "moved"):
        for kind in ("leave_one_out", "left_out_predictions", "without_neighbors"):
            derive(store, handle, kind, model)
    for axis in ("temporal", "spatial"):
        derive(store, handle, "logit_parts", "fixation", axis=axis, layer=1, frame=2)
    yield handle
    services().engine.close()
    forget()


def counts() -> tuple[int, int]:
    """How many values were made, and how many were shared."""
    sharing = services().shared.sharing
    return sharing.made, sharing.shared


def look(page: str, handle: str) -> list[dict[str, Any]]:
    """Open a page in a new session; its charts and pictures as the browser gets them."""
    at = open_page(f"inspect/{page}", handle, axis="spatial", frame=2)
    assert not at.exception
    pictures = [image.proto.imgs[0].url for image in at.get("imgs")]
    return [*charts(at), {"pictures": pictures}]


@pytest.mark.parametrize("page", PAGES)
def test_a_second_look_computes_nothing_and_shows_the_same(page: str, run: str) -> None:
    first = look(page, run)
    made, shared = counts()
    assert made > 0
    assert look(page, run) == first
    assert counts()[0] == made
    assert counts()[1] > shared


def test_somebody_else_who_holds_the_run_shares_it(store: Any, run: str) -> None:
    first = look("neighborhood", run)
    made, _ = counts()
    other = store.claim(KEY, "somebody else", "noise.mp4")
    assert other != run
    assert look("neighborhood", other) == first
    assert counts()[0] == made


@pytest.mark.parametrize("page", PAGES)
def test_pages_are_the_same_with_and_without_what_is_shared(
    page: str, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    look(page, run)
    shared = look(page, run)
    with monkeypatch.context() as patched:
        make_anew = lambda describe, *values, **named: describe(  # noqa: E731
            *[v() if isinstance(v, partial) else v for v in values], **named
        )
        for module in ("concentration.page", "concentration.grids", "fixation.page"):
            patched.setattr(f"fixviz.ui.{module}.described", make_anew)
        for module in ("page", "beside", "compass"):
            patched.setattr(f"fixviz.ui.neighborhood.{module}.described", make_anew)
        assert look(page, run) == shared


def test_going_back_to_a_frame_computes_nothing(run: str) -> None:
    at = open_page("inspect/concentration", run, axis="spatial", frame=2)
    at.slider(key="on_frame").set_value(3).run()
    made, _ = counts()
    for frame in (2, 3):
        at.slider(key="on_frame").set_value(frame).run()
    assert counts()[0] == made


@pytest.mark.usefixtures("waiting_jobs")
def test_a_result_that_arrives_is_shown_at_once(store: Any) -> None:
    handle = publish(store)
    before = look("fixation", handle)
    assert before == look("fixation", handle)
    derive(store, handle, "logit_parts", "fixation", axis="spatial", layer=1, frame=2)
    after = look("fixation", handle)
    assert len(after) > len(before)


def test_the_handle_stays_the_authority(store: Any, run: str) -> None:
    look("concentration", run)
    other = store.claim(KEY, "somebody else", "noise.mp4")
    store.delete(run)
    for wrong in (run, "x" * 22, KEY):
        at = open_page("inspect/concentration", wrong)
        assert not charts(at)
        assert "There is no such run" in at.error[0].value
    assert charts(open_page("inspect/concentration", other))


def test_nothing_of_a_deleted_run_stays_in_memory(store: Any, run: str, handle: str) -> None:
    for one in (run, handle):
        look("concentration", one)
    kept = services().shared.sharing.kept
    store.delete(run)  # as another server on the same store, or the command line, does it
    services().forget_deleted()
    assert 0 < services().shared.sharing.kept < kept
    assert {owner.key for owner, _ in services().shared._values} == {"a" * 64}
    store.delete(handle)
    services().forget_deleted()
    assert asdict(services().shared.sharing) | {"kept": 0, "bytes": 0} == asdict(
        services().shared.sharing
    )


def test_a_name_of_the_clip_goes_with_its_last_handle(store: Any, run: str) -> None:
    mine = store.claim(KEY, "me", "my secret name.mp4")
    look("concentration", run)
    look("concentration", mine)
    store.delete(mine)
    services().forget_deleted()
    names = {owner.name for owner, _ in services().shared._values}
    assert "noise.mp4" in names and "my secret name.mp4" not in names


def test_a_browser_cannot_empty_what_is_shared(run: str) -> None:
    look("concentration", run)
    ours = services()
    # What Streamlit does when a browser sends the message "clear cache".
    st.cache_data.clear()
    st.cache_resource.clear()
    assert services() is ours
    assert ours.shared.sharing.kept > 0


def test_services_are_made_once_for_the_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    monkeypatch.setattr(
        services_module, "_make", lambda settings: made.append(settings) or object()
    )
    forget()
    assert services() is services()
    assert len(made) == 1
    forget()


def test_a_figure_without_a_key_is_drawn_anew() -> None:
    calls = []
    for _ in range(2):
        assert described.drawn(None, "chart", lambda: calls.append(1) or 5) == 5
    assert len(calls) == 2


def test_a_chart_is_sent_as_it_was_drawn_and_plotly_knows_all_of_it() -> None:
    chart = Bars(["a", "b"], [Series("x", np.array([0.25, np.nan]), 0)], Axis("Share"))
    drawn = plotly_chart(chart, PALETTES["light"])
    sent = json.loads(to_json(Finished(drawn), validate=False))
    assert sent == drawn
    checked = json.loads(go.Figure(drawn).to_json())
    assert checked["layout"] == sent["layout"]


def test_every_measure_of_concentration_is_drawn(run: str) -> None:
    at = open_page("inspect/concentration", run)
    titles = at.selectbox(key="concentration_measure").options
    assert "Effective support" in titles
    for number, title in enumerate(titles):
        at.selectbox(key="concentration_measure").select_index(number).run()
        assert not at.error, title
        assert charts(at)


def test_maps_are_kept_as_they_are_drawn_and_saved_with_all_their_pixels(run: str) -> None:
    look("fixation", run)
    kept = [value for value, _ in services().shared._values.values() if isinstance(value, Figure)]
    maps = [figure for figure in kept if isinstance(figure.chart, Maps)]
    assert maps
    for figure in maps:
        assert isinstance(figure.chart, Maps)
        pictures = [one for row in figure.chart.rows for one in row.pictures]
        assert all(one.image.size == 0 and one.url.startswith("data:image/") for one in pictures)
    at = open_page("inspect/fixation", run, axis="spatial", frame=2)
    name = maps[0].name
    with patch("fixviz.ui.inspect_run.figures._download") as download:
        at.session_state[f"{name}-save"] = True
        at.run()
    content = {call.args[2]: call.args[3] for call in download.call_args_list}["png"]()
    assert isinstance(content, bytes)
    drawn = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    assert len(np.unique(drawn.reshape(-1, 3), axis=0)) > 100
