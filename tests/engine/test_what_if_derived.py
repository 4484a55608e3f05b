"""The worker runs a clip again with interventions, also from the run's display frames."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from fixviz.engine import AnalysisRequest, DeriveRequest, Engine
from fixviz.errors import OptionError
from fixviz.media.encode import encode_mp4
from fixviz.model.checkpoints import save_checkpoint
from fixviz.model.config import ModelConfig
from fixviz.model.transformer import VideoTransformer
from fixviz.settings import Settings
from fixviz.store import Store

CONFIG = {"dim": 32, "depth": 2, "frames": 3, "image_size": 23, "patch": 6, "stride": 5}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder: Path = tmp_path_factory.mktemp("what-if")
    pixels = np.random.default_rng(0).integers(0, 256, (20, 46, 74, 3), dtype=np.uint8)
    encode_mp4(folder / "noise.mp4", pixels, 10)
    torch.manual_seed(0)
    model = VideoTransformer(ModelConfig(**CONFIG, fixation="cooperative", temporal_shift=True))
    save_checkpoint(folder / "fixed", model, title="Fixed", card="")
    settings = Settings(home=folder / "home")
    store = Store(settings)
    with Engine(settings, store) as engine:
        request = AnalysisRequest(str(folder / "noise.mp4"), (str(folder / "fixed"),), frames=7)
        yield store, engine, engine.run(request)


def derive(place, listed: list[dict]) -> tuple[dict, DeriveRequest]:
    store, engine, run = place
    request = DeriveRequest(run, "what_if", "fixed", {"interventions": listed})
    engine.derive(request).result()
    found = store.derived(run, request.name)
    assert found is not None
    return found, request


def test_what_was_before_is_in_the_run_itself(place) -> None:
    store, _, run = place
    _, request = derive(place, [])
    for name in ("spatial/attention_received/source", "temporal/metrics", "spatial/ratio_key"):
        after = store.derived_array(run, request.name, name)
        np.testing.assert_array_equal(after, store.array(run, f"fixed/{name}"))


def test_a_crop_takes_the_runs_display_frames(place) -> None:
    found, _ = derive(place, [{"kind": "crop", "left": 0, "top": 0, "right": 50, "bottom": 50}])
    assert found["pixels"] == "display"
    assert found["crop"] == [0, 0, 37, 23]
    assert (found["grid"]["model_height"], found["grid"]["model_width"]) == (23, 37)
    assert found["title"] == "crop to 0-50 % across, 0-50 % down"


def test_an_intervention_that_the_model_cannot_take_ends_the_job_with_a_sentence(place) -> None:
    with pytest.raises(OptionError, match="heads 0 to 3, and no head 5"):
        derive(place, [{"kind": "heads", "heads": [5], "layer": 0}])
