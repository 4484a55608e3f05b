"""Sample clips by name: the run that comes with fixviz opens at once, the others are analyzed first."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from fixviz.course import shipped
from fixviz.engine import AnalysisRequest
from fixviz.reading.samples import sample_named, samples
from fixviz.store import Store
from fixviz.ui.services import services
from tests.ui.page import open_page
from tests.ui.test_pages import click, until_run

HOME = shipped.home(shipped.folder())
SHIPPED = "there-and-back"
VIEW = {"frame": "9", "layer": "1", "axis": "temporal", "query": "3-7"}


@pytest.fixture
def workers() -> Callable[[], list[str]]:
    """Returns the processes that were started since, but Python's own resource tracker."""
    before = set(psutil.Process().children(recursive=True))

    def started() -> list[str]:
        new = set(psutil.Process().children(recursive=True)) - before
        lines = [" ".join(process.cmdline()) for process in new]
        return [line for line in lines if "resource_tracker" not in line]

    return started


def shipped_key() -> str:
    """Key of the run that a click on the sample makes."""
    sample = sample_named(SHIPPED)
    assert sample is not None
    request = AnalysisRequest(video=str(sample.path), name=sample.title)
    return services().engine.run_key(request)


def test_the_shipped_run_is_the_one_that_this_version_would_make(store: Store) -> None:
    """Fails when a checkpoint, the clip or the run's format changed: run `python -m fixviz.course_pack`."""
    assert (HOME / "runs" / shipped_key() / "manifest.json").is_file()
    assert store.take_over(shipped_key(), HOME), "and it is whole"
    sizes = [p.stat().st_size for p in HOME.rglob("*") if p.is_file()]
    assert sum(sizes) <= 5_000_000


def test_a_link_to_the_shipped_sample_opens_at_once_in_its_view(
    store: Store, workers: Callable[[], list[str]]
) -> None:
    owner = "o" * 22
    at = open_page("inspect/watch", owner=owner, sample=SHIPPED, model="fixation", **VIEW)
    assert at.title[0].value == "There and back"
    data = json.loads(at.get("bidi_component")[0].proto.json)
    assert data["view"] == VIEW
    assert workers() == []
    [run] = store.list(owner)
    assert at.query_params["run"] == run.handle
    assert "sample" not in at.query_params
    assert run.models == ("softmax", "linear", "fixation")
    assert len(store.array(run.handle, "fixation/motion")) == run.frames
    click(at, "choose")
    assert at.file_uploader(key="upload"), "and one can leave it"


def test_the_button_of_the_shipped_sample_opens_it_at_once(
    store: Store, workers: Callable[[], list[str]]
) -> None:
    at = open_page("inspect/watch")
    click(at, f"sample-{SHIPPED}")
    assert at.title[0].value == "There and back"
    assert "run" in at.query_params
    assert workers() == []


def test_a_shipped_run_that_does_not_fit_is_not_used(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other settings have another key: the clip is analyzed as any other, and opens in the same view."""
    monkeypatch.setenv("FIXVIZ_MAX_FRAMES", "9")
    at = open_page("inspect/watch", sample=SHIPPED, **VIEW)
    assert at.progress
    assert {n: value for n, value in at.query_params.items() if n != "job"} == VIEW
    assert "job" in at.query_params
    click(at, "cancel")
    services().engine.close()


def test_a_damaged_shipped_run_is_not_used(store: Store, tmp_path: Path) -> None:
    home = tmp_path / "shipped"
    shutil.copytree(HOME, home)
    artifact = next(home.joinpath("artifacts").iterdir())
    artifact.write_bytes(artifact.read_bytes()[:-1])
    assert not store.take_over(shipped_key(), home)
    assert store.claim(shipped_key(), "ann") is None
    assert not store.take_over("../" + "a" * 61, home)


@pytest.mark.slow
def test_a_link_to_another_sample_analyzes_it_and_keeps_the_view(store: Store) -> None:
    at = open_page("inspect/watch", sample=samples()[1].name, **VIEW)
    until_run(at)
    assert at.title[0].value == samples()[1].title
    assert json.loads(at.get("bidi_component")[0].proto.json)["view"] == VIEW
    services().engine.close()


def test_an_unknown_sample_gets_a_sentence(store: Store) -> None:
    at = open_page("inspect/watch", sample="nothing")
    assert "no sample clip called 'nothing'" in at.error[0].value
    assert at.file_uploader(key="upload")
    assert "sample" not in at.query_params
