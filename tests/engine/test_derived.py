"""Results computed from a stored run on demand, by the real worker."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixviz.engine import DeriveRequest, Engine
from fixviz.errors import CheckpointError, OptionError, RunNotFound
from fixviz.reading.exports.run_folder import export_run
from tests.engine.real_run import RealRun, real_run


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealRun]:
    with real_run(tmp_path_factory.mktemp("run")) as made:
        yield made


def test_features_of_a_layer_are_computed_once_and_kept(place) -> None:
    store, engine, run, _ = place
    request = DeriveRequest(run, "features", "fixed", {"axis": "spatial", "layer": 1})
    assert store.derived(run, request.name) is None
    assert engine.derive(request).result() == run
    found = store.derived(run, request.name)
    assert found["arrays"]["query"]["shape"] == [5, 3, 5, 8, 4, 8]
    assert 0 <= found["stored_error"] < 0.01
    again = engine.derive(request).status()
    assert again.cached
    assert again.state == "done"


def test_what_leaving_out_changes_comes_with_the_run(place, tmp_path: Path) -> None:
    store, engine, run, _ = place
    request = DeriveRequest(run, "leave_one_out", "fixed", {})
    assert engine.derive(request).status().cached
    found = store.derived(run, request.name)
    assert found["layers"] == [0, 1]
    change = store.derived_array(run, request.name, "output_change/frame")
    assert change.shape == (2, 3, 7)
    with (export_run(store, run, tmp_path / "out")[0].parent / "leave_one_out.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == change.size
    last = rows[-1]
    assert (last["model"], last["layer"], last["frame"]) == ("fixed", "1", "6")
    assert last["left_out"] == "both frames"
    assert float(last["output_change"]) == pytest.approx(change[1, 2, 6], abs=1e-6)
    absolute = store.derived_array(run, request.name, "ratio_change/key/absolute")[1, 2, 6]
    assert float(last["ratio_key_change_absolute"]) == pytest.approx(absolute.mean(), abs=1e-4)


def test_rollout_of_a_patch_and_of_the_pooled_output_sum_to_one(place) -> None:
    store, engine, run, _ = place
    for arguments in ({"frame": 4, "row": 2, "column": 6}, {"frame": 4}):
        request = DeriveRequest(run, "rollout", "fixed", arguments)
        engine.derive(request).result()
        values = store.derived_array(run, request.name, "map")
        outside = store.derived(run, request.name)["outside"]
        assert values.shape == (3, 5, 8)
        assert values.sum() + outside == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("kind", "arguments", "message"),
    [
        ("features", {"axis": "joint", "layer": 0}, "no joint attention"),
        ("rollout", {"frame": 7}, "no frame 7"),
        ("rollout", {"frame": 0, "row": 5, "column": 0}, r"no patch \(5, 0\)"),
        ("tea", {}, "nothing of kind 'tea'"),
    ],
)
def test_what_the_run_lacks_is_refused(place, kind, arguments, message) -> None:
    _, engine, run, _ = place
    with pytest.raises(OptionError, match=message):
        engine.derive(DeriveRequest(run, kind, "fixed", arguments)).result()


def test_an_unknown_run_or_model_is_refused_at_once(place) -> None:
    _, engine, run, _ = place
    with pytest.raises(OptionError, match="no model 'soft'; it has fixed"):
        engine.derive(DeriveRequest(run, "rollout", "soft", {"frame": 0}))
    with pytest.raises(RunNotFound):
        engine.derive(DeriveRequest("x" * 22, "rollout", "fixed", {"frame": 0}))


def test_a_checkpoint_that_is_not_at_hand_any_more_is_named(place) -> None:
    store, _, run, settings = place
    with (
        Engine(settings, store) as engine,
        pytest.raises(CheckpointError, match="fixed of this run is not at hand any more"),
    ):
        engine.derive(DeriveRequest(run, "rollout", "fixed", {"frame": 0}))
