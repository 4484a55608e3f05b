"""Results computed from a stored run on demand, by the real worker."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from fixviz.engine import AnalysisRequest, DeriveRequest, Engine
from fixviz.errors import CheckpointError, OptionError, RunNotFound
from fixviz.media.encode import encode_mp4
from fixviz.model.checkpoints import save_checkpoint
from fixviz.model.config import ModelConfig
from fixviz.model.transformer import VideoTransformer
from fixviz.settings import Settings
from fixviz.store import Store

CONFIG = {"dim": 32, "depth": 2, "frames": 3, "image_size": 23, "patch": 6, "stride": 5}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder: Path = tmp_path_factory.mktemp("derived")
    pixels = np.random.default_rng(0).integers(0, 256, (20, 46, 74, 3), dtype=np.uint8)
    encode_mp4(folder / "noise.mp4", pixels, 10)
    torch.manual_seed(0)
    model = VideoTransformer(ModelConfig(**CONFIG, fixation="cooperative", temporal_shift=True))
    save_checkpoint(folder / "fixed", model, title="Fixed", card="")
    settings = Settings(home=folder / "home")
    store = Store(settings)
    with Engine(settings, store) as engine:
        request = AnalysisRequest(str(folder / "noise.mp4"), (str(folder / "fixed"),), frames=7)
        yield store, engine, engine.run(request), folder


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
    store, _, run, folder = place
    with (
        Engine(Settings(home=folder / "home"), store) as engine,
        pytest.raises(CheckpointError, match="fixed of this run is not at hand any more"),
    ):
        engine.derive(DeriveRequest(run, "rollout", "fixed", {"frame": 0}))
