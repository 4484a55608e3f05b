"""The Compare page: what it says and draws, its URL, and how it leads to Watch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from fixviz.comparison.data_set import open_data_set
from fixviz.comparison.question import Question, answer
from fixviz.settings import Settings
from fixviz.store import Store
from fixviz.ui.services import forget, services
from tests.comparison import made
from tests.ui.page import charts, numbers, open_page, text
from tests.ui.test_url_state import url_parameters

OWNER = "m" * 22


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with runs of the command line, and beside it the folder of a data set of them."""
    place = tmp_path_factory.mktemp("lab")
    store = Store(Settings(home=place / "home"))
    made.data_set(place / "sets" / "lab", store, made.publish(store))
    return place


@pytest.fixture(autouse=True)
def server(lab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIXVIZ_HOME", str(lab / "home"))
    monkeypatch.setenv("FIXVIZ_DATA_SETS", str(lab / "sets"))


def page(**parameters: object) -> AppTest:
    return open_page("inspect/compare", **parameters)


def headline(at: AppTest) -> str:
    """The main thing."""
    return str(at.subheader[0].value)


def watch_links(at: AppTest) -> list[str]:
    return [
        link.proto.query_string
        for link in at.get("page_link")
        if link.proto.label == "Open in Watch"
    ]


def key_of(lab: Path, clip: int) -> str:
    return open_data_set(lab / "sets" / "lab").clips[clip].key


def test_the_main_thing_comes_first_and_points_are_the_values(lab: Path) -> None:
    at = page()
    assert (
        "higher concentration than Linear attention on 10 of 11 clips: on average +0.0773"
        in headline(at)
    )
    assert "could not be analyzed and is left out" in text(at)
    found = answer(open_data_set(lab / "sets" / "lab"), Question())
    drawn = charts(at)[0]["data"]
    rows = [trace for trace in drawn if "customdata" in trace]
    for trace, model in zip(rows, found.question.models, strict=True):
        wanted = found.values.of(model)
        np.testing.assert_allclose(numbers(trace["x"]), wanted[np.isfinite(wanted)])
    differences = charts(at)[1]["data"][0]
    np.testing.assert_allclose(numbers(differences["x"]), found.main.values)
    assert url_parameters(at) == {"set": "lab"}, "the default may be another one tomorrow"


def test_every_choice_is_in_the_url_and_opens_again(lab: Path) -> None:
    at = page()
    at.selectbox(key="compare_measure").set_value("gini")
    at.selectbox(key="compare_first").set_value("softmax")
    at.selectbox(key="compare_group").set_value("day")
    at.selectbox(key="compare_layer").set_value("all")
    at.selectbox(key="compare_axis").set_value("temporal")
    at.selectbox(key="compare_clip").set_value(key_of(lab, 3)).run()
    at.multiselect(key="compare_models").set_value(["linear"]).run()
    assert not at.exception
    named = url_parameters(at)
    assert named == {
        "set": "lab",
        "measure": "gini",
        "first": "softmax",
        "group": "day",
        "of_layer": "all",
        "attention": "temporal",
        "clip": key_of(lab, 3),
        "models": "linear",
    }
    again = page(**named)
    assert charts(again) == charts(at)
    command = again.code[0].value
    assert command.startswith(
        "fixviz compare lab --measure gini --models softmax,linear --pair softmax,linear"
    )
    assert "--axis temporal --layer all --group day --against effective_support" in command


def test_the_odd_clip_is_the_first_to_look_at_and_leads_to_watch(lab: Path) -> None:
    at = page()
    said = text(at)
    assert f"**clip-{made.ODD:02d}.mp4** · unusual" in said
    assert "−0.15, below the median +0.1" in said
    first = watch_links(at)[0]
    handle = open_data_set(lab / "sets" / "lab").clips[made.ODD].handle
    assert f"run={handle}" in first and "layer=2" in first and "model=fixation" in first


def test_a_click_on_a_point_chooses_its_clip_and_its_model(lab: Path) -> None:
    at = page()
    key = key_of(lab, 5)
    at.session_state["compare-scatter"] = {
        "selection": {"points": [{"customdata": [f"{key} softmax"]}]}
    }
    at.run()
    assert not at.exception
    assert at.selectbox(key="compare_clip").value == key
    assert url_parameters(at)["clip"] == key
    assert "says move right (60 %), right" in text(at)
    handle = open_data_set(lab / "sets" / "lab").clips[5].handle
    assert all("model=softmax" in link for link in watch_links(at))
    assert sum(f"run={handle}" in link for link in watch_links(at)) >= 2, (
        "in the card and at the plot"
    )
    rings = [t for t in charts(at)[0]["data"] if t["marker"].get("symbol") == "circle-open"]
    assert len(rings) == 3, "the clip is marked in every row"


@pytest.mark.slow
def test_curves_share_axes_and_moment_and_maps_are_of_runs() -> None:
    at = page(moment="0.50", order="list")
    panels = charts(at)[3:]
    assert len(panels) == made.CLIPS
    assert len({str(panel["layout"]["yaxis"]["range"]) for panel in panels}) == 1
    assert {panel["layout"]["shapes"][0]["x0"] for panel in panels} == {0.5}
    maps = page(show="maps")
    # The runs of this test hold no maps.
    assert "there are no maps of them" in text(maps)
    assert "one value for each clip, so there is nothing to show over time" in text(
        page(measure="right")
    )


def test_own_runs_are_compared_and_named_in_the_link(
    lab: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIXVIZ_HOME", str(tmp_path))
    store = Store(Settings(home=tmp_path))
    handles = made.publish(store, OWNER, 5)
    at = open_page("inspect/compare", owner=OWNER, set="runs")
    assert "on 5 of 5 clips" in headline(at)
    assert "With 4 videos the intervals are rough" in text(at)
    named = url_parameters(at)
    assert sorted(named["runs"].split(".")) == sorted(handles)
    assert at.code[0].value.startswith("fixviz compare " + " ".join(named["runs"].split(".")))
    somebody = open_page("inspect/compare", owner="n" * 22, **named)
    assert charts(somebody)[0] == charts(at)[0], "a link opens the runs that it names"
    store.delete(handles[0])
    less = open_page("inspect/compare", owner="n" * 22, **named)
    assert "A run of this link is not there any more" in less.warning[0].value
    assert "on 4 of 4 clips" in headline(less)


def test_runs_of_others_are_not_offered(
    lab: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIXVIZ_HOME", str(tmp_path))
    made.publish(Store(Settings(home=tmp_path)), OWNER, 2)
    at = open_page("inspect/compare", owner="n" * 22, set="runs")
    assert "at least two analyzed clips" in at.info[0].value
    assert not charts(at)


def test_a_clip_whose_run_is_gone_says_so(
    lab: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIXVIZ_HOME", str(tmp_path))
    at = page(clip=key_of(lab, 1))
    assert "on 10 of 11 clips" in headline(at), "the numbers are in the data set"
    assert not watch_links(at)
    assert "The run of this clip is not in the store" in text(at)


@pytest.mark.parametrize("name", ["../lab", "/etc", "nowhere", "lab/../lab"])
def test_only_published_data_sets_are_opened(name: str) -> None:
    at = page(set=name)
    assert "There is no data set" in at.warning[0].value
    assert at.selectbox(key="compare_set").value == "lab"


def test_a_data_set_that_is_damaged_is_told(
    lab: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(Settings(home=lab / "home"))
    handles = [clip.handle for clip in open_data_set(lab / "sets" / "lab").clips[:2]]
    folder = made.data_set(tmp_path / "bad", store, [h for h in handles if h])
    for path in folder.glob("metrics/**/*.parquet"):
        path.write_bytes(path.read_bytes()[:100])
    monkeypatch.setenv("FIXVIZ_DATA_SETS", str(tmp_path))
    at = page(set="bad")
    assert "cannot be read" in at.error[0].value
    assert str(tmp_path) not in at.error[0].value


def test_clips_that_come_with_fixviz_are_compared_out_of_the_box(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waiting_jobs: None
) -> None:
    monkeypatch.setenv("FIXVIZ_HOME", str(tmp_path))
    monkeypatch.delenv("FIXVIZ_DATA_SETS")
    at = open_page("inspect/compare", owner=OWNER)
    assert url_parameters(at) == {"set": "samples"}
    assert "of 36 clips: on average" in headline(at)
    assert len(charts(at)) == 3 + 12
    button = next(b for b in at.button if str(b.key).startswith("compare-open-look-"))
    button.click().run()
    assert not at.exception
    (job,) = services().engine.unfinished(OWNER)
    services().engine.cancel(job[0])
    forget()
