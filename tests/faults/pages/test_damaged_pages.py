"""Pages of a run whose files are damaged: a sentence and a way to analyze it again, never a traceback."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from fixviz.engine import AnalysisRequest
from fixviz.reading.samples import samples
from fixviz.store import Store
from fixviz.ui.services import services
from tests.faults.conftest import flip
from tests.ui.page import open_page, text
from tests.ui.synthetic import synthetic_run

pytestmark = pytest.mark.usefixtures("waiting_jobs")

ME, OTHER = "m" * 22, "o" * 22
PAGES = ("watch", "concentration", "fixation", "neighborhood", "attribution", "what_if")
DAMAGED = "A stored file of this run is damaged. Analyze the clip again."


@pytest.fixture
def run(store: Store) -> str:
    """A run that I asked for in the app: that of a sample clip, but no model made it."""
    sample = samples()[1]
    request = AnalysisRequest(str(sample.path), name=sample.title)
    engine = services().engine
    store.add(engine.run_key(request), *synthetic_run())
    job = engine.submit(request, ME)
    assert job.status().cached
    return job.result()


def damage(store: Store, run: str, name: str) -> None:
    flip(store.artifact_path(run, store.manifest(run)["arrays"][name]["sha"]), 99)


def opened(page: str, run: str, owner: str = ME) -> AppTest:
    at = open_page(f"inspect/{page}", run, owner=owner)
    assert not at.exception
    return at


@pytest.mark.parametrize("page", PAGES)
def test_every_page_says_it_and_offers_to_analyze_again(store: Store, run: str, page: str) -> None:
    damage(store, run, "linear/spatial/metrics")
    at = opened(page, run)
    assert [error.value for error in at.error] == [DAMAGED]
    at.button(key="analyze-damaged-again").click().run()
    assert not at.exception
    assert at.title[0].value == f"Analyzing {samples()[1].title}"
    (job,) = services().engine.unfinished(ME)
    assert job[0] in at.query_params["job"]


def test_once_it_is_analyzed_again_the_same_link_shows_it_to_everybody(
    store: Store, run: str
) -> None:
    damage(store, run, "linear/spatial/metrics")
    store.add(store.key_of(run), *synthetic_run())
    for owner in (ME, OTHER):
        assert not opened("watch", run, owner).error


def test_a_visitor_with_the_link_learns_who_can_analyze_it_again(store: Store, run: str) -> None:
    damage(store, run, "linear/spatial/metrics")
    at = opened("watch", run, OTHER)
    assert [error.value for error in at.error] == [DAMAGED]
    assert "Only the person who analyzed this clip" in text(at)
    assert not [button for button in at.button if button.key == "analyze-damaged-again"]


def test_a_video_that_is_gone_is_asked_for_again(store: Store, tmp_path: Path) -> None:
    run = store.publish("e" * 64, *synthetic_run(), owner=ME, name="orbit.mp4")
    damage(store, run, "linear/spatial/metrics")
    at = opened("watch", run)
    assert "choose the clip once more" in text(at)
    assert not [button for button in at.button if button.key == "analyze-damaged-again"]


def test_damage_that_comes_while_a_page_is_being_drawn_is_told_too(
    store: Store, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    array = "softmax/spatial/metrics"
    arrays = synthetic_run()[1]
    arrays[array] = arrays[array] + np.float32(0.5)  # Nobody has this one in memory.
    other = store.publish("d" * 64, synthetic_run()[0], arrays, {}, owner=ME)
    damage(store, other, array)
    monkeypatch.setattr(Store, "check", lambda self, handle: None)
    at = opened("concentration", other)
    assert [error.value for error in at.error] == [DAMAGED]


def test_the_library_lists_a_run_with_a_damaged_manifest_and_deletes_it(
    store: Store, run: str, tmp_path: Path
) -> None:
    sound = store.publish("e" * 64, *synthetic_run(), owner=ME, name="orbit.mp4")
    flip(tmp_path / "runs" / store.key_of(run) / "manifest.json", 99)
    at = open_page("manage/library", owner=ME)
    assert not at.exception
    assert DAMAGED in text(at)
    assert f"**{samples()[1].title}**" in text(at)
    labels = [link.proto.label for link in at.get("page_link")]
    assert labels.count("Analyze again") == labels.count("Open") == 1
    at.button(key=f"delete-{run}").click().run()
    assert at.button(key="confirm-delete")
    services().engine.delete_run(run, ME)
    assert [found.handle for found in store.list(ME)] == [sound]
    assert len(list((tmp_path / "runs").iterdir())) == 1
