"""Values of clips and models: equal from a data set and from runs, and equal to what was put in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fixviz.comparison.choosing import open_named
from fixviz.comparison.data_set import open_data_set
from fixviz.comparison.quantities import QUANTITIES, quantity_named
from fixviz.comparison.question import available
from fixviz.comparison.runs import open_runs
from fixviz.comparison.source import NO_VALUE, OTHER, Clip, Source, clip_keys
from fixviz.comparison.values import Place, answers, clip_values, curves, default_place
from fixviz.errors import OptionError, RunNotFound
from fixviz.reading.run import StoredRun
from fixviz.settings import Settings
from tests.comparison.conftest import Made
from tests.comparison.made import CLIPS, MODELS, OWNER, label, level
from tests.ui.synthetic import CLASSES, FRAMES, HEADS, LAYERS


@pytest.fixture(params=["data set", "runs"])
def source(request: pytest.FixtureRequest, made_set: Made) -> Source:
    if request.param == "data set":
        return open_data_set(made_set.folder, "lab")
    return open_runs([StoredRun.open(made_set.store, h) for h in made_set.handles])


def test_a_source_says_what_there_is(source: Source, made_set: Made) -> None:
    assert [clip.name for clip in source.clips] == [f"clip-{i:02d}.mp4" for i in range(CLIPS)]
    assert [clip.handle for clip in source.clips] == made_set.handles
    assert list(source.models) == list(MODELS)
    assert [entry.color for entry in source.models.values()] == [0, 1, 2]
    assert list(source.axes) == ["spatial", "temporal"]
    assert (source.layers, source.heads) == (LAYERS, HEADS)
    # The first two clips are parts of one video.
    assert source.videos.tolist() == [0, 0, *range(1, CLIPS - 1)]


def test_one_value_for_each_clip_and_model(source: Source) -> None:
    quantity = quantity_named("concentration")
    found = clip_values(source, quantity, Place("spatial", 2), MODELS)
    for number, model in enumerate(MODELS):
        wanted = [level(clip, model) for clip in range(CLIPS)]
        if model == "softmax":
            wanted[3] = np.nan
        np.testing.assert_allclose(found.values[:, number], wanted, atol=1e-6)
    np.testing.assert_array_equal(found.of("linear"), found.values[:, 1])


@pytest.mark.parametrize(
    ("place", "layer", "head", "more"),
    [
        (Place("spatial", 0, 3), 0, 3, 0.0),
        (Place("spatial", None, 1), 1, 1, 0.0),
        (Place("temporal", None, None), 1, 1.5, 0.1),
    ],
)
def test_layers_heads_and_axes(
    source: Source, place: Place, layer: int, head: float, more: float
) -> None:
    found = clip_values(source, quantity_named("concentration"), place, ["linear"])
    wanted = [level(clip, "linear", layer, head) + more for clip in range(CLIPS)]
    np.testing.assert_allclose(found.values[:, 0], wanted, atol=1e-6)


def test_curves_are_frame_by_frame(source: Source) -> None:
    clips = [source.clips[5], source.clips[2]]
    found = curves(source, quantity_named("concentration"), Place("spatial", 2), MODELS, clips)
    assert set(found) == {(clip.key, model) for clip in clips for model in MODELS}
    curve = found[clips[0].key, "fixation"]
    assert len(curve.times) == FRAMES and curve.times[8] == pytest.approx(1.0)
    assert np.isnan(curve.values[0]) and np.isfinite(curve.values[1:]).all()
    assert np.nanmean(curve.values) == pytest.approx(level(5, "fixation"), abs=1e-6)
    assert np.diff(curve.values[1:]) == pytest.approx(np.full(FRAMES - 2, 0.001), abs=1e-6)
    assert not curves(source, quantity_named("certainty"), Place("spatial"), MODELS, clips)


def test_ratios_are_those_of_the_model_that_has_them(source: Source) -> None:
    found = clip_values(source, quantity_named("ratio_query"), default_place(source), MODELS)
    assert np.isnan(found.values[:, :2]).all()
    assert ((found.values[:, 2] > 0.2) & (found.values[:, 2] < 0.8)).all()


def test_answers_and_whether_they_are_right(made_set: Made) -> None:
    source = open_data_set(made_set.folder, "lab")
    said = answers(source, MODELS)
    assert said.said[:, 0].tolist() == [CLASSES[0]] * CLIPS
    assert said.said[0, 2] == CLASSES[1] and said.said[5, 2] == label(5)
    np.testing.assert_allclose(said.certainty, 0.6, rtol=1e-6)
    right = clip_values(source, quantity_named("right"), Place("spatial"), MODELS).values
    assert right[:, 0].tolist()[:4] == [1, 0, 1, 0], "labels differ in case only"
    assert right[:, 2].tolist()[:3] == [0, 1, 1]
    assert np.isnan(right[CLIPS - 1]).all(), "the list says nothing of the last clip"
    of_label = clip_values(source, quantity_named("label_probability"), Place("spatial"), MODELS)
    np.testing.assert_allclose(of_label.values[:2, 0], [0.6, 0.4 / 6], rtol=1e-6)


def test_runs_without_a_label_cannot_be_right_or_wrong(made_set: Made) -> None:
    runs = open_runs([StoredRun.open(made_set.store, h) for h in made_set.handles[:3]])
    assert runs.label is None
    assert "right" not in {quantity.name for quantity in available(runs)}
    lab = open_data_set(made_set.folder)
    assert {q.name for q in available(lab)} == set(QUANTITIES)
    assert (lab.label, lab.columns) == ("label", ["day", "label"])


def test_doubles_and_failures_are_counted(made_set: Made) -> None:
    source = open_data_set(made_set.folder)
    assert (source.doubles, source.failed) == (1, 1)
    runs = [StoredRun.open(made_set.store, h) for h in made_set.handles[:3]]
    assert open_runs([*runs, runs[0]]).doubles == 1


def test_groups_put_rare_values_together() -> None:
    def source(values: list[str | None]) -> Source:
        clips = [
            Clip(str(i), str(i), str(i), str(i), carried={} if v is None else {"x": v})
            for i, v in enumerate(values)
        ]
        return Source("", [], "", "", clips, {}, [], 0, 0, None)

    assert source(["a", None, "a"]).groups("x") == ["a", NO_VALUE, "a"]
    many = source([*map(str, range(20)), "19", "18"]).groups("x")
    assert len(set(many)) == 12 and many[19] == "19" and many[17] == OTHER
    assert clip_keys(["a" * 10 + "b" * 54, "a" * 12 + "c" * 52]) == ["a" * 10 + "bb", "a" * 12]


def test_the_identity_follows_the_files(made_set: Made) -> None:
    first = open_data_set(made_set.folder).identity
    assert open_data_set(made_set.folder).identity == first
    clips = made_set.folder / "clips.parquet"
    content = clips.read_bytes()
    clips.unlink()
    clips.write_bytes(content)
    assert open_data_set(made_set.folder).identity != first


def test_what_can_be_named(made_set: Made, tmp_path: Path) -> None:
    settings = Settings(home=made_set.home, data_sets=made_set.folder.parent)
    assert open_named(settings, made_set.store, [str(made_set.folder)]).title == "lab"
    assert open_named(settings, made_set.store, ["lab"]).name == "lab"
    runs = open_named(settings, made_set.store, made_set.handles[:2])
    assert len(runs.clips) == 2 and made_set.store.info(made_set.handles[0])
    with pytest.raises(OptionError, match="holds no data set"):
        open_named(settings, made_set.store, [str(tmp_path)])
    with pytest.raises(OptionError, match=r"no data set and no run.*lab"):
        open_named(settings, made_set.store, ["nowhere at all"])
    with pytest.raises(RunNotFound):
        open_named(settings, made_set.store, ["x" * 22])
    assert OWNER == "command line"
