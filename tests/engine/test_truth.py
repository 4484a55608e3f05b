"""A request finds the truth of its video, which decides which stored run answers it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fixviz.engine.jobs import AnalysisRequest, ModelRef
from fixviz.engine.plan import Plan, make_plan
from fixviz.errors import OptionError
from fixviz.settings import Settings

SAMPLES = Path(__file__).parents[2] / "assets" / "samples"


def plan(video: Path, truth: Path | None = None) -> Plan:
    request = AnalysisRequest(str(video), ("linear",), truth=None if truth is None else str(truth))
    return make_plan(
        request, Settings(home=video.parent), lambda name: ModelRef(name, "", "0" * 64, 8.0)
    )


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return Path(shutil.copy(SAMPLES / "there-and-back.mp4", tmp_path / "clip.mp4"))


def test_the_file_beside_the_video_is_taken_and_counts_for_the_stored_run(video: Path) -> None:
    without = plan(video)
    assert without.truth is None
    beside = video.with_suffix(".json")
    shutil.copy(SAMPLES / "there-and-back.json", beside)
    found = plan(video)
    assert found.truth == beside.read_bytes()
    assert found.key != without.key
    beside.write_text(beside.read_text().replace('"seed": 41', '"seed": 43'))
    assert plan(video).key not in (found.key, without.key)


def test_other_json_beside_the_video_changes_nothing(video: Path) -> None:
    without = plan(video)
    video.with_suffix(".json").write_text('{"title": "My holidays"}')
    assert plan(video) == without


def test_a_file_can_be_named(video: Path) -> None:
    named = plan(video, SAMPLES / "there-and-back.json")
    assert named.truth == (SAMPLES / "there-and-back.json").read_bytes()


def test_a_named_file_must_be_a_truth(video: Path) -> None:
    with pytest.raises(OptionError, match=r"samples.json.* not a truth file"):
        plan(video, SAMPLES / "samples.json")
    with pytest.raises(OptionError, match=r"nothing.json.* cannot be read"):
        plan(video, video.parent / "nothing.json")
