"""The Benchmark page: figures of the results file, a card for a point, clips of a class."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from fixviz import resources
from fixviz.data.classes import CLASSES
from fixviz.model.config import checkpoint_names, checkpoint_sha256
from fixviz.reading.benchmark import measured
from fixviz.reading.benchmark.measured import Results
from fixviz.store import Store
from fixviz.ui.benchmark import held_out, models
from fixviz.ui.services import forget, services
from tests.ui.page import charts, numbers, open_page, text
from tests.ui.test_url_state import url_parameters

pytestmark = pytest.mark.usefixtures("store")


SAID = '<div class="held-out-said">'


@pytest.fixture(scope="module", autouse=True)
def no_process_stays() -> Iterator[None]:
    yield
    held_out.CLIPS._process.kill()


def page(**parameters: object) -> AppTest:
    return open_page("measure/benchmark", **parameters)


def points(at: AppTest) -> dict[str, tuple[float, float]]:
    """Place of each point by its key."""
    found: dict[str, tuple[float, float]] = {}
    for trace in charts(at)[0]["data"]:
        if "customdata" in trace:
            keys = [key for (key,) in trace["customdata"]]
            found |= dict(
                zip(keys, zip(numbers(trace["x"]), numbers(trace["y"]), strict=True), strict=True)
            )
    return found


def shipped_entries(preset: str) -> dict[str, dict]:
    hashes = {n: checkpoint_sha256(resources.checkpoints() / n) for n in checkpoint_names()}
    return {
        e["checkpoint"]: e
        for e in json.loads(resources.results().read_text())["entries"]
        if (hashes.get(e["checkpoint"]), e["preset"]) == (e["sha256"], preset)
        and e["height"] == e["width"] == e["image_size"]
    }


def test_points_are_those_of_the_results_file() -> None:
    at = page()
    found, entries = points(at), shipped_entries("standard")
    assert set(found) == set(entries)
    for name, entry in entries.items():
        x, y = found[name]
        assert x == pytest.approx(entry["layers"][-1]["concentration"])
        assert y == pytest.approx(100 * entry["accuracy"])
    said = text(at)
    assert re.search(r"Rank correlation of concentration and right over 8 checkpoints", said)
    assert "What it does not tell" in said
    assert at.subheader[0].value == "Linear + fixation + neighbors"


@pytest.mark.slow
def test_axes_and_clips_can_be_chosen_and_are_in_the_url() -> None:
    at = page()
    at.selectbox(key="benchmark_x").set_value("real_lift")
    at.selectbox(key="benchmark_y").set_value("right_hard")
    at.selectbox(key="benchmark_point").set_value("softmax").run()
    assert not at.exception
    assert set(points(at)) == {"softmax", "linear", "fixation"}
    assert url_parameters(at) == {"x": "real_lift", "y": "right_hard", "checkpoint": "softmax"}
    again = page(**url_parameters(at))
    assert points(again) == points(at)
    assert again.subheader[0].value == "Softmax attention"
    cue = page(clips="cue")
    assert set(points(cue)) == set(shipped_entries("cue"))
    assert len(points(page(trainings="all"))) > len(points(page()))


def test_a_checkpoint_without_these_figures_says_so() -> None:
    at = page(x="real_lift", checkpoint="linear-neighbors")
    assert at.subheader[0].value == "Linear + neighbors"
    assert "It has no point" in text(at)
    none = page(x="real_lift", clips="cue", y="right_cue")
    assert "No checkpoint has both figures" in none.info[0].value


def test_the_card_has_every_figure_with_its_interval() -> None:
    at = page(checkpoint="linear")
    entry = shipped_entries("hard")["linear"]
    low, high = 100 * entry["accuracy_low"], 100 * entry["accuracy_high"]
    said = text(at)
    assert f"{100 * entry['accuracy']:.1f} % ({low:.1f} to {high:.1f})" in said
    assert "DAVIS 2016" in said
    assert [link.proto.label for link in at.get("page_link")] == ["Its card on Models"]


def test_a_click_on_a_point_and_on_a_class_choose_them() -> None:
    at = page()
    click = {"selection": {"points": [{"customdata": ["linear"]}]}}
    at.session_state["benchmark_clicked"] = None
    at.session_state["benchmark-plot"] = click
    at.run()
    assert at.selectbox(key="benchmark_point").value == "linear"


@pytest.mark.slow
def test_classes_are_those_of_the_results_file_and_one_shows_its_clips() -> None:
    at = page(**{"class": "circle clockwise"})
    entries = shipped_entries("standard")
    cells = next(c for c in charts(at) if c["data"][0]["type"] == "heatmap")["data"][0]
    values = numbers(cells["z"])
    for row, name in enumerate(CLASSES):
        for column, model in enumerate(("softmax", "linear", "fixation")):
            wanted = 100 * entries[model]["class_accuracy"][name]
            assert values[row, column] == pytest.approx(wanted, abs=0.006)
    assert "Said instead: circle counterclockwise" in text(at)
    html = [element.value for element in at.get("html")]
    said = [one for one in html if SAID in one]
    players = [one for one in html if 'class="held-out-clip"' in one and "data:image/webp" in one]
    assert len(said) == len(players) == 12
    assert 'aria-label="wrong"' in "".join(said)


def test_the_models_that_are_compared_are_in_the_url() -> None:
    at = page(models="fixation.nobody.softmax", x="mass")
    assert at.multiselect(key="benchmark_models").value == ["fixation", "softmax"]
    heat = next(c for c in charts(at) if c["data"][0]["type"] == "heatmap")
    assert heat["layout"]["xaxis"]["ticktext"] == ["fixation", "softmax"]
    assert url_parameters(at) == {"x": "mass", "models": "fixation.softmax"}
    at.multiselect(key="benchmark_models").set_value([]).run()
    assert "Choose at least one model" in text(at)


@pytest.mark.slow
def test_filters_find_what_one_gets_wrong_and_another_right() -> None:
    at = page(**{"class": "circle clockwise", "right": "fixation", "wrong": "softmax"})
    said = [e.value for e in at.get("html") if SAID in e.value]
    assert said
    for one in said:
        marks = re.findall(r'aria-label="(right|wrong)".*?<span>([\w-]+)', one)
        assert {name: mark for mark, name in marks}["fixation"] == "right"
        assert {name: mark for mark, name in marks}["softmax"] == "wrong"
    assert {"class", "right", "wrong"} == set(url_parameters(at))
    nothing = page(**{"class": "left", "right": "softmax", "wrong": "softmax"})
    assert "No clip of this class is like that" in text(nothing)


@pytest.mark.slow
def test_a_clip_opens_in_watch(waiting_jobs: None, store: Store) -> None:
    at = page(**{"class": "left", "wrong": "linear"}, owner="m" * 22)
    (button, *_) = [b for b in at.button if str(b.key).startswith("benchmark-open-standard-")]
    button.click().run()
    assert not at.exception
    (job,) = services().engine.unfinished("m" * 22)
    assert job[1].startswith("Left, standard clip ")
    services().engine.cancel(job[0])
    forget()


def test_own_results_join_the_plot_and_leave_it() -> None:
    at = page()
    entry = dict(
        shipped_entries("standard")["linear"], checkpoint="mine", title="Mine *x*", sha256="9" * 64
    )
    at.session_state["benchmark_own"] = Results([entry])
    at.run()
    assert not at.exception
    assert points(at)["mine-999999"] == points(at)["linear"]
    at.button(key="benchmark-remove").click().run()
    assert "mine-999999" not in points(at)


def test_without_results_the_page_says_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "shipped_results", Results)
    at = page()
    assert "There are no measured results" in at.info[0].value
    assert not charts(at)


def test_results_of_an_earlier_version_have_no_clips(monkeypatch: pytest.MonkeyPatch) -> None:
    old = [
        {k: v for k, v in e.items() if k not in ("answers", "labels")}
        for e in measured.shipped_results().entries
    ]
    monkeypatch.setattr(models, "shipped_results", lambda: Results(old))
    at = page()
    assert any("only the share of right answers was kept" in info.value for info in at.info)
